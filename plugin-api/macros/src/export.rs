//! `export_plugin!`

mod declaration;
mod manifest;

pub(crate) use declaration::Declaration;

use std::env;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Result};

use crate::embed;
use crate::names::object_name;
use declaration::Migrations;

pub(crate) fn expand(plugin: &Declaration) -> Result<TokenStream> {
    let manifest = manifest::json(plugin)?;
    let (ty, id) = (&plugin.ty, &plugin.id);
    let value = plugin.value.as_ref().map_or_else(|| quote!(#ty), |value| quote!(#value));
    let schema = schema(plugin)?;
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
    Ok(quote! {
        #memory

        /// The functions of this plugin, for tests that run it in their own process.
        #[doc(hidden)]
        #[allow(dead_code, unreachable_pub)]
        pub fn tenon_plugin_module() -> ::tenon_plugin_api::private::PluginV1Ref {
            TENON_PLUGIN_MODULE()
        }

        #[allow(dead_code)]
        const TENON_PLUGIN_MODULE: fn() -> ::tenon_plugin_api::private::PluginV1Ref = {
            static TENON_PLUGIN: #ty = #value;

            // `cfg!` here asks how the plugin itself is built.
            const TENON_MANIFEST_PARTS: &[&str] = &[
                #manifest,
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

                fn schema() -> ::tenon_plugin_api::schema::Descriptors {
                    #schema
                }

                fn lock() -> ::std::option::Option<&'static str> {
                    #lock
                }

                fn migrations() -> ::tenon_plugin_api::private::RVec<::tenon_plugin_api::private::MigrationV1> {
                    #migrations
                }
            }

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

            ::tenon_plugin_api::entry::module_v1::<TenonExport>
        };
    })
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

fn schema(plugin: &Declaration) -> Result<TokenStream> {
    if let Some(expression) = &plugin.schema {
        return Ok(quote!(#expression));
    }
    let (entities, enums, sequences) = (&plugin.entities, &plugin.enums, &plugin.sequences);
    let mut views = Vec::new();
    for (name, query) in &plugin.views {
        let text = name.value();
        let Some((schema, bare)) = object_name(&text) else {
            return Err(Error::new(name.span(), "write the view's name as schema.name"));
        };
        views.push(quote! {
            ::tenon_plugin_api::schema::View {
                name: ::tenon_plugin_api::schema::ObjectName::new(#schema, #bare),
                query: ::std::string::String::from(#query),
                ..::std::default::Default::default()
            }
        });
    }
    Ok(quote! {
        ::tenon_plugin_api::schema::Descriptors {
            format: ::tenon_plugin_api::schema::FORMAT,
            tables: ::std::vec![#(<#entities as ::tenon_plugin_api::Entity>::table()),*],
            enums: ::std::vec![#(<#enums as ::tenon_plugin_api::PgEnum>::enum_type()),*],
            sequences: ::std::vec![#(#sequences),*],
            views: ::std::vec![#(#views),*],
            ..::std::default::Default::default()
        }
    })
}
