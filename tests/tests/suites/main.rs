//! The suites, by the stage they look at. Each test is an example with a name.

mod api;
mod audit;
mod borders;
mod check;
mod cli;
mod contract;
mod drift;
mod graph;
mod heal;
mod inspect;
mod routes;
mod startup;
