//! `routes!`

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Ident, Result, Token, parenthesized};
use tenon_schema::names::{RouteParts, RouteSegment};

use crate::export::{Route, check_routes, routes_json};
use crate::vocabulary;

/// All that stands in `routes!`.
#[derive(Debug)]
pub(crate) struct Arms(Vec<Arm>);

/// `"GET /notes/{id}" => read(id)`
#[derive(Debug)]
struct Arm {
    route: Route,
    function: ExprPath,
    arguments: Vec<Argument>,
}

/// `id`, or `&id` where the function takes a reference.
#[derive(Debug)]
struct Argument {
    borrowed: bool,
    name: Ident,
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let borrowed = input.parse::<Option<Token![&]>>()?.is_some();
        Ok(Self { borrowed, name: input.call(Ident::parse_any)? })
    }
}

impl Parse for Arms {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let arms = Punctuated::<Arm, Token![,]>::parse_terminated(input)?;
        Ok(Self(arms.into_iter().collect()))
    }
}

impl Parse for Arm {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let route = input.parse()?;
        input.parse::<Token![=>]>()?;
        let function: ExprPath = input.parse()?;
        if !input.peek(syn::token::Paren) {
            let usage = "say what the function gets besides the connection, such as read(id), or list()";
            return Err(Error::new(function.span(), usage));
        }
        let content;
        parenthesized!(content in input);
        let arguments = content.parse_terminated(Argument::parse, Token![,])?.into_iter().collect();
        Ok(Self { route, function, arguments })
    }
}

pub(crate) fn expand(Arms(arms): &Arms) -> Result<TokenStream> {
    let routes: Vec<&Route> = arms.iter().map(|arm| &arm.route).collect();
    check_routes(&routes)?;
    let json = routes_json(&routes);
    let (request, db) = (Ident::new("request", Span::mixed_site()), Ident::new("db", Span::mixed_site()));
    let arms = arms.iter().map(|arm| arm.expand(&request, &db)).collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        const ROUTES: &'static str = #json;

        fn handle(
            &self,
            #request: &::tenon_plugin_api::Request<'_>,
            #db: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<::tenon_plugin_api::Response, ::tenon_plugin_api::PluginError> {
            match #request.route() {
                #(#arms)*
                route => ::std::result::Result::Err(::tenon_plugin_api::PluginError::not_found(
                    ::std::format!("nothing answers {route}"),
                )),
            }
        }
    })
}

/// What stands for the routes where they are wrong: nobody is told besides that there is no `handle`.
pub(crate) fn empty() -> TokenStream {
    quote! {
        fn handle(
            &self,
            _: &::tenon_plugin_api::Request<'_>,
            _: &::tenon_plugin_api::Connection<'_>,
        ) -> ::std::result::Result<::tenon_plugin_api::Response, ::tenon_plugin_api::PluginError> {
            ::std::result::Result::Err(::tenon_plugin_api::PluginError::internal(""))
        }
    }
}

impl Arm {
    fn expand(&self, request: &Ident, db: &Ident) -> Result<TokenStream> {
        let Self { route, function, arguments } = self;
        let text = route.text.value();
        let names = self.names(&text)?;
        let mut values = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let Argument { borrowed, name: ident } = argument;
            if arguments[..at].iter().any(|former| former.name == *ident) {
                return Err(Error::new(ident.span(), format!("{ident} is given twice")));
            }
            let name = ident.unraw().to_string();
            let span = ident.span();
            values.push(match (name.as_str(), borrowed) {
                ("query", false) => quote_spanned!(span=> #request.query_as()?),
                ("query", true) => quote_spanned!(span=> &#request.query_as()?),
                ("body", false) => quote_spanned!(span=> #request.json()?),
                ("body", true) => quote_spanned!(span=> &#request.json()?),
                ("request", _) => quote_spanned!(span=> #request),
                (name, false) if names.contains(&name) => quote_spanned!(span=> #request.param_as(#name)?),
                (name, true) if names.contains(&name) => quote_spanned!(span=> #request.param(#name)?),
                (name, _) => {
                    let words = vocabulary::ROUTE_ARGUMENTS.words.iter().map(|word| word.name);
                    let known = names.iter().copied().chain(words).collect::<Vec<_>>().join(", ");
                    let fault = format!("{name} is no {{name}} of {text:?}; what can stand here: {known}");
                    return Err(Error::new(span, fault));
                }
            });
        }
        if let Some(left) =
            names.iter().find(|name| !arguments.iter().any(|argument| argument.name == **name))
        {
            let fault =
                format!("nothing takes {{{left}}}: hand it to the function, {}({left}, …)", last(function));
            return Err(Error::new(route.text.span(), fault));
        }
        let called = quote!(#function(#db, #(#values),*));
        let answer =
            quote_spanned!(function.span()=> ::tenon_plugin_api::IntoResponse::into_response(#called));
        Ok(quote! { #text => #answer, })
    }

    /// The `{names}` of the path.
    fn names<'a>(&self, text: &'a str) -> Result<Vec<&'a str>> {
        let parts = RouteParts::parse(text)
            .map_err(|fault| Error::new(self.route.text.span(), format!("this is no route: {fault}")))?;
        let names = parts.segments.iter().filter_map(|segment| match segment {
            RouteSegment::Name(name) => Some(*name),
            RouteSegment::Literal(_) => None,
        });
        let names: Vec<&str> = names.collect();
        match names.iter().find(|name| vocabulary::ROUTE_ARGUMENTS.has(name)) {
            None => Ok(names),
            Some(name) => {
                let fault =
                    format!("{{{name}}} would be taken for the {name} of the request: call it otherwise");
                Err(Error::new(self.route.text.span(), fault))
            }
        }
    }
}

/// The function's own name.
fn last(function: &ExprPath) -> String {
    function.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}
