//! `export_plugin!`

mod credential;
mod declaration;
mod descriptors;
mod events;
mod file;
mod function;
mod jobs;
mod manifest;
mod offers;
mod pages;
mod parts;

pub(crate) use declaration::{Declaration, Route};
pub(crate) use manifest::{check_routes, routes_json};

use std::env;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Result;
use syn::spanned::Spanned;

use crate::embed;
use declaration::Migrations;

pub(crate) fn expand(plugin: &Declaration) -> Result<TokenStream> {
    let manifest = manifest::json(plugin)?;
    let (ty, id) = (&plugin.ty, &plugin.id);
    let value = plugin.value.as_ref().map_or_else(|| quote!(#ty), |value| quote!(#value));
    let schema = descriptors::expand(plugin)?;
    let (routes, alone) = routes(plugin)?;
    let (jobs, job) = (jobs::json(&plugin.jobs)?, jobs::function(&plugin.jobs));
    let (events, event) = (events::json(plugin)?, events::function(&plugin.events));
    let (offers, offered) = (offers::json(&plugin.offers)?, offers::function(&plugin.offers));
    let emits = events::schemas(&plugin.emits);
    let pages::Pages { json: pages, methods: page_methods } = pages::expand(plugin)?;
    let lock = lock(plugin);
    let migrations = match &plugin.migrations {
        None => quote!(::tenon_plugin_api::private::RVec::new()),
        Some(Migrations::Directory(directory)) => {
            let embedded = embed::expand(&embed::Source::Directory(directory.clone()))?;
            quote!(::tenon_plugin_api::IntoMigrations::into_migrations(#embedded))
        }
        Some(Migrations::Expression(expression)) => {
            quote_spanned!(expression.span()=> ::tenon_plugin_api::IntoMigrations::into_migrations(#expression))
        }
    };
    let memory = plugin.memory.as_ref().map(|most| {
        quote_spanned! {most.span()=>
            #[global_allocator]
            static TENON_MEMORY: ::tenon_plugin_api::Bounded = ::tenon_plugin_api::Bounded::new(#most);
        }
    });
    let (accessor, settings) = settings(plugin);
    let generation_1 = plugin.needs.is_empty().then(generation_1);
    Ok(quote! {
        #memory
        #accessor

        /// The functions of this plugin, for tests that run it in their own process.
        #[doc(hidden)]
        #[allow(dead_code, unreachable_pub)]
        pub fn tenon_plugin_module() -> ::tenon_plugin_api::private::PluginV2Ref {
            TENON_PLUGIN_MODULE()
        }

        #[allow(dead_code)]
        const TENON_PLUGIN_MODULE: fn() -> ::tenon_plugin_api::private::PluginV2Ref = {
            static TENON_PLUGIN: #ty = #value;

            #alone

            // `cfg!` here asks how the plugin itself is built.
            const TENON_MANIFEST_PARTS: &[&str] = &[
                #manifest,
                #routes,
                #jobs,
                #events,
                #pages,
                #offers,
                ",\"sdk\":\"",
                ::tenon_plugin_api::private::SDK_VERSION,
                "\",\"build\":{\"rustc\":\"",
                ::tenon_plugin_api::private::RUSTC,
                "\",\"target\":\"",
                ::tenon_plugin_api::private::TARGET,
                "\",\"panic\":\"",
                if ::core::cfg!(panic = "abort") { "abort" } else { "unwind" },
                "\"}}",
            ];

            #[used]
            #[unsafe(no_mangle)]
            #[allow(unsafe_code)]
            pub static TENON_MANIFEST: [u8; ::tenon_plugin_api::entry::total_len(TENON_MANIFEST_PARTS)] =
                ::tenon_plugin_api::entry::concat(TENON_MANIFEST_PARTS);

            struct TenonExport;

            impl ::tenon_plugin_api::entry::Export for TenonExport {
                type Plugin = #ty;
                const ID: &'static str = #id;

                fn plugin() -> &'static #ty {
                    &TENON_PLUGIN
                }

                fn manifest() -> &'static [u8] {
                    &TENON_MANIFEST
                }

                fn schema() -> ::std::result::Result<
                    ::tenon_plugin_api::schema::Descriptors,
                    ::tenon_plugin_api::PluginError,
                > {
                    #schema
                }

                fn lock() -> ::std::option::Option<&'static str> {
                    #lock
                }

                #settings

                #job

                #emits

                #event

                #page_methods
                #offered

                fn migrations() -> ::tenon_plugin_api::private::RVec<::tenon_plugin_api::private::MigrationV1> {
                    #migrations
                }
            }

            #generation_1

            #[unsafe(no_mangle)]
            #[allow(unsafe_code, non_upper_case_globals)]
            // SAFETY: `root_v2` returns a `PluginV2Ref`, erased.
            pub static tenon_plugin_v2: ::tenon_plugin_api::private::LibHeader = unsafe {
                ::tenon_plugin_api::private::LibHeader::from_constructor::<
                    ::tenon_plugin_api::private::PluginV2Ref,
                >(
                    ::tenon_plugin_api::entry::root_v2::<TenonExport>,
                    ::tenon_plugin_api::private::CheckTypeLayout::Yes,
                )
            };

            ::tenon_plugin_api::entry::module_v2::<TenonExport>
        };
    })
}

/// What hosts look for that speak generation 1 alone. Of a plugin that cannot do without a service, which
/// these do not have, they are to find nothing.
fn generation_1() -> TokenStream {
    quote! {
        #[unsafe(no_mangle)]
        #[allow(unsafe_code, non_upper_case_globals)]
        // SAFETY: `root_v1` returns a `PluginV1Ref`, erased.
        pub static tenon_plugin_v1: ::tenon_plugin_api::private::LibHeader = unsafe {
            ::tenon_plugin_api::private::LibHeader::from_constructor::<
                ::tenon_plugin_api::private::PluginV1Ref,
            >(
                ::tenon_plugin_api::entry::root_v1::<TenonExport>,
                ::tenon_plugin_api::private::CheckTypeLayout::Yes,
            )
        };
    }
}

/// The method by which the plugin gets its settings, and what the host is told of them.
fn settings(plugin: &Declaration) -> (Option<TokenStream>, Option<TokenStream>) {
    let Some(settings) = &plugin.settings else { return (None, None) };
    let ty = &plugin.ty;
    let accessor = quote_spanned! {settings.span()=>
        static TENON_SETTINGS: ::tenon_plugin_api::private::SettingsCell<#settings> =
            ::tenon_plugin_api::private::SettingsCell::new();

        impl #ty {
            /// What the operator has set for this plugin.
            #[allow(dead_code)]
            pub(crate) fn settings(&self) -> &'static #settings {
                TENON_SETTINGS.get()
            }
        }
    };
    let export = quote! {
        fn settings() -> ::std::option::Option<::tenon_plugin_api::serde_json::Value> {
            ::tenon_plugin_api::entry::settings_schema::<#settings>()
        }

        fn configure(
            host: &dyn ::tenon_plugin_api::contract::HostV2,
        ) -> ::std::result::Result<(), ::tenon_plugin_api::PluginError> {
            TENON_SETTINGS.fill(host)
        }
    };
    (Some(accessor), Some(export))
}

/// Before the first `tenon plugin lock` there is no such file: the plugin is built without.
fn lock(plugin: &Declaration) -> TokenStream {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let path = plugin.lock.as_ref().map(|lock| root.join(lock.value()));
    match path.filter(|path| path.is_file()).as_deref().and_then(std::path::Path::to_str) {
        Some(path) => quote!(::std::option::Option::Some(::core::include_str!(#path))),
        None => quote!(::std::option::Option::None),
    }
}

/// The routes in the manifest, and what sees to it that they are declared once.
fn routes(plugin: &Declaration) -> Result<(TokenStream, TokenStream)> {
    let ty = &plugin.ty;
    let of_type = quote!(<#ty as ::tenon_plugin_api::Plugin>::ROUTES);
    let Some((key, routes)) = &plugin.routes else {
        return Ok((quote!(::tenon_plugin_api::entry::routes_or_none(#of_type)), TokenStream::new()));
    };
    let routes: Vec<&Route> = routes.iter().collect();
    check_routes(&routes)?;
    let json = routes_json(&routes);
    let alone = quote_spanned! {key.span()=>
        const _: () = ::core::assert!(
            #of_type.is_empty(),
            "the routes are declared twice: by routes! and by routes: in export_plugin!"
        );
    };
    Ok((quote!(#json), alone))
}
