//! The jobs of a plugin: `every("1h", remind).retries(5)`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use serde_json::{Map, Value, json};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Ident, LitInt, LitStr, Result, Token, parenthesized};
use tenon_schema::jobs::{CatchUp, Schedule, is_job_name, parse_duration};

use crate::vocabulary::{JOB, JOB_OPTIONS};

/// The most attempts that a job may want besides the first.
const MOST_RETRIES: u32 = 100;

/// A job as its author declares it.
#[derive(Debug)]
pub(crate) struct DeclaredJob {
    name: String,
    schedule: String,
    options: Map<String, Value>,
    function: ExprPath,
    span: Span,
}

impl Parse for DeclaredJob {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word = input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), known()))?;
        let content;
        parenthesized!(content in input);
        let (kind, mut zone) = (word.to_string(), None);
        let when: Option<LitStr> = match kind.as_str() {
            "every" | "cron" => {
                let when = content.parse()?;
                content.parse::<Token![,]>()?;
                Some(when)
            }
            "on_start" => None,
            _ => return Err(Error::new(word.span(), known())),
        };
        let function: ExprPath = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        if !content.is_empty() {
            return Err(content.error("a job has one function; its options stand behind: .retries(5)"));
        }
        let last = function.path.segments.last().map(|segment| segment.ident.unraw().to_string());
        let (mut name, mut name_span) = (last.unwrap_or_default(), function.span());
        let (mut options, mut seen) = (Map::new(), Vec::<Ident>::new());
        while input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            let option = input.call(Ident::parse_any)?;
            if seen.contains(&option) {
                return Err(Error::new(option.span(), format!("{option} is given twice")));
            }
            let value;
            parenthesized!(value in input);
            match option.to_string().as_str() {
                "name" => {
                    let text: LitStr = value.parse()?;
                    (name, name_span) = (text.value(), text.span());
                }
                "zone" if kind == "cron" => zone = Some(value.parse::<LitStr>()?),
                "zone" => return Err(Error::new(option.span(), "only cron(…) goes by a time zone's clocks")),
                "catch_up" if kind == "on_start" => {
                    return Err(Error::new(option.span(), "a start is not missed: nothing is caught up on"));
                }
                "catch_up" => drop(options.insert("catch_up".to_owned(), rule(&value)?.into())),
                key @ ("deadline" | "pause") => {
                    drop(options.insert(key.to_owned(), duration(&value)?.into()));
                }
                "retries" => drop(options.insert("retries".to_owned(), retries(&value)?.into())),
                other => return Err(Error::new(option.span(), JOB_OPTIONS.refuse(other))),
            }
            if !value.is_empty() {
                return Err(value.error(format!("{option} takes one value")));
            }
            seen.push(option);
        }
        if !is_job_name(&name) {
            let rule = format!(
                "{name:?} is no name of a job: lower-case letters, digits and _, a letter first, 41 characters at most; \
                 .name(\"…\") gives another"
            );
            return Err(Error::new(name_span, rule));
        }
        let schedule = schedule(&kind, when.as_ref(), zone.as_ref())?;
        Ok(Self { name, schedule, options, function, span: name_span })
    }
}

fn known() -> String {
    let shapes: Vec<_> = JOB.words.iter().map(|word| word.shape).collect();
    format!("write a job as one of {}", shapes.join(", "))
}

/// The schedule as the manifest spells it.
fn schedule(kind: &str, when: Option<&LitStr>, zone: Option<&LitStr>) -> Result<String> {
    let Some(when) = when else { return Ok("on start".to_owned()) };
    let check = |text: String, at: &LitStr| match Schedule::parse(&text) {
        Ok(schedule) => Ok(schedule.to_string()),
        Err(fault) => Err(Error::new(at.span(), format!("this is no schedule: {fault}"))),
    };
    let alone = check(format!("{kind} {}", when.value()), when)?;
    match zone {
        None if alone.contains(" in ") => Err(Error::new(when.span(), "a time zone stands in .zone(\"…\")")),
        None => Ok(alone),
        Some(zone) => check(format!("{alone} in {}", zone.value()), zone),
    }
}

fn duration(value: ParseStream<'_>) -> Result<String> {
    let text: LitStr = value.parse()?;
    match parse_duration(&text.value()) {
        Ok(_) => Ok(text.value()),
        Err(fault) => Err(Error::new(text.span(), fault)),
    }
}

fn retries(value: ParseStream<'_>) -> Result<u32> {
    let number: LitInt = value.parse()?;
    let fault = || Error::new(number.span(), format!("retries are a number from 0 to {MOST_RETRIES}"));
    number.base10_parse().ok().filter(|retries| *retries <= MOST_RETRIES).ok_or_else(fault)
}

fn rule(value: ParseStream<'_>) -> Result<&'static str> {
    let word = value.call(Ident::parse_any)?;
    CatchUp::parse(&word.to_string()).map(CatchUp::word).ok_or_else(|| {
        let known: Vec<_> = CatchUp::ALL.iter().map(|rule| rule.word()).collect();
        Error::new(word.span(), format!("{word} is not known here; what is known: {}", known.join(", ")))
    })
}

/// The jobs as a member of the manifest, behind others; nothing where there are none.
pub(super) fn json(jobs: &[DeclaredJob]) -> Result<String> {
    let mut all = Vec::<Value>::new();
    for (at, job) in jobs.iter().enumerate() {
        if jobs[..at].iter().any(|former| former.name == job.name) {
            let fault = format!("there are two jobs {:?}; .name(\"…\") gives one another name", job.name);
            return Err(Error::new(job.span, fault));
        }
        let mut object = job.options.clone();
        object.insert("name".to_owned(), job.name.as_str().into());
        object.insert("schedule".to_owned(), job.schedule.as_str().into());
        all.push(object.into());
    }
    Ok(if all.is_empty() { String::new() } else { format!(",\"jobs\":{}", json!(all)) })
}

/// The method that runs them.
pub(super) fn function(jobs: &[DeclaredJob]) -> Option<TokenStream> {
    if jobs.is_empty() {
        return None;
    }
    let arms = jobs.iter().map(|job| {
        let (name, function) = (&job.name, &job.function);
        quote_spanned! {function.span()=>
            #name => {
                let run: fn(
                    &::tenon_plugin_api::Connection<'_>,
                    &::tenon_plugin_api::Job<'_>,
                ) -> ::std::result::Result<(), ::tenon_plugin_api::PluginError> = #function;
                run(db, job)
            }
        }
    });
    Some(quote::quote! {
        fn job(
            job: &::tenon_plugin_api::Job<'_>,
            db: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<(), ::tenon_plugin_api::PluginError> {
            match job.name() {
                #(#arms)*
                name => ::std::result::Result::Err(::tenon_plugin_api::PluginError::not_found(
                    ::std::format!("there is no job {name}"),
                )),
            }
        }
    })
}
