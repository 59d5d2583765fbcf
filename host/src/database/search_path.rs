//! Where what is named without a schema is looked for: by migrations and descriptors, and by ourselves.

/// The search path under which names are printed with their schemas, and nothing stands in front of the
/// catalogs: not even a temporary table that is named like one.
pub(crate) const OWN_PATH: &str = "pg_catalog, pg_temp";

/// Sets that for the transaction.
pub(crate) const OWN: &str = "SET LOCAL search_path = pg_catalog, pg_temp";

/// The setting of the search path as a column of a SELECT, for the transaction: `public`, and behind it the
/// schemas of the extensions, since what these bring is to be found wherever they are.
macro_rules! set_search_path {
    () => {
        "pg_catalog.set_config('search_path', pg_catalog.array_to_string(ARRAY['public'::pg_catalog.text] OPERATOR(pg_catalog.||) ARRAY(\
             SELECT DISTINCT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
             JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace \
             WHERE n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog', 'public']::pg_catalog.name[]) ORDER BY 1), ', '), true)"
    };
}

pub(crate) use set_search_path;

/// The statement that sets the search path of migrations and descriptors for the transaction.
pub(crate) const SEARCH_PATH: &str = concat!("SELECT ", set_search_path!());
