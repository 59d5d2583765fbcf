//! Whether a change changes anything: a statement may say what is so already.

use tokio_postgres::Client;

use super::database::{Loaded, said};
use crate::server::{TestServer, run, without_noise};

/// Whether these statements, run in a copy, leave it as it was: its catalogs say the same but for the numbers
/// of objects, and so does `pg_dump`, which follows those numbers.
pub(super) async fn changes_nothing(loaded: &mut Loaded, sql: &str) -> Result<bool, String> {
    let (copy, client) = loaded.copy().await;
    let dump = || {
        let mut dump = TestServer::shared().program("pg_dump");
        without_noise(&run(dump.args(["--schema-only", "--dbname", &copy.name])))
    };
    let (catalogs, dumped) = (catalogs(&client).await?, dump());
    client.batch_execute(sql).await.map_err(|error| said(&error))?;
    Ok(catalogs == self::catalogs(&client).await? && dumped == dump())
}

/// What each catalog of the database says, as a checksum.
async fn catalogs(client: &Client) -> Result<Vec<(String, Option<String>)>, String> {
    let failed = |error| format!("the catalogs could not be summed up: {}", said(&error));
    let names =
        "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
                   AND NOT relisshared AND relname !~ '^pg_(statistic|statistic_ext_data|largeobject.*)$'
                 ORDER BY relname";
    let names = client.query(names, &[]).await.map_err(failed)?;
    let each = names.iter().map(|row| format!("TABLE {}", row.get::<_, &str>(0))).chain([
        "SELECT * FROM pg_db_role_setting \
         WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
            .to_owned(),
    ]);
    // How large a relation is, where it lies and when it was frozen is not what it is; where in the text of
    // its statement an expression stood neither.
    let sums = each.map(|table| {
        format!(
            "SELECT '{}', md5(string_agg(said, chr(10) ORDER BY said COLLATE \"C\")) FROM (
                 SELECT regexp_replace(regexp_replace((to_jsonb(t) - '{{oid,relpages,reltuples,relallvisible,
                     relallfrozen,relfilenode,relfrozenxid,relminmxid}}'::text[])::text,
                     ':(location|stmt_location|stmt_len|list_start|list_end) -?[0-9]+', '', 'g'),
                     '[0-9]{{5,}}', '#', 'g') AS said
                 FROM ({table}) AS t) AS each",
            table.replace('\'', "\'\'")
        )
    });
    let sums = client.query(&sums.collect::<Vec<_>>().join(" UNION ALL "), &[]).await.map_err(failed)?;
    Ok(sums.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::SchemaSource;
    use super::super::database::runtime;
    use super::*;

    #[test]
    fn a_statement_that_says_what_is_so_already_changes_nothing_and_any_other_does() {
        let sql = "CREATE TABLE a (b int DEFAULT 5, c text COLLATE \"POSIX\"); CREATE INDEX i ON a (b);
                   CREATE SEQUENCE s; CREATE VIEW v AS SELECT b + 5 AS c FROM a;";
        let (mut loaded, left_out) = Loaded::new(&SchemaSource::new("t".to_owned(), sql.to_owned())).unwrap();
        assert_eq!(left_out, Vec::<String>::new());
        let cases = [
            ("ALTER  TABLE  public.a  ALTER b SET DEFAULT 5", true),
            ("DROP INDEX public.i; CREATE INDEX i ON public.a (b)", true),
            ("ALTER SEQUENCE public.s CACHE 1", true),
            ("ALTER TABLE public.a ALTER c TYPE text COLLATE \"POSIX\"", true),
            ("DROP VIEW public.v; CREATE VIEW public.v AS SELECT b + 5 AS c FROM public.a", true),
            ("ALTER TABLE public.a ALTER b SET DEFAULT 6", false),
            ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.i'::regclass", false),
            ("ALTER SEQUENCE public.s MAXVALUE 9223372036854775806", false),
            ("COMMENT ON TABLE public.a IS 'a'", false),
            ("ALTER TABLE public.a ALTER b SET STATISTICS 7", false),
            ("CREATE OR REPLACE VIEW public.v AS SELECT b + 6 AS c FROM public.a", false),
        ];
        runtime().block_on(async {
            for (sql, nothing) in cases {
                assert_eq!(changes_nothing(&mut loaded, sql).await, Ok(nothing), "{sql}");
            }
        });
    }
}
