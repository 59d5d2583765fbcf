//! The suites, by the stage they look at. Each test is an example with a name.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail like tests")]

mod api;
mod audit;
mod baseline;
mod borders;
mod check;
mod cli;
mod conditions;
mod contract;
mod corpus;
mod declared;
mod drift;
mod drift_cases;
mod drift_settled;
mod edits;
mod faults;
mod findings;
mod frozen;
mod graph;
mod hazards;
mod heal;
mod inspect;
mod isolation;
mod lock;
mod mutation;
mod random_schema;
mod rehearse;
mod renewal;
mod repair;
mod rights;
mod routes;
mod running;
mod schema;
mod startup;
mod trust;
mod unprinted;
