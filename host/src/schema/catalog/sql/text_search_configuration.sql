-- Which dictionaries do the text search configurations of these schemas ask? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, c.cfgname AS name,
       quote_ident(pn.nspname) || '.' || quote_ident(p.prsname) AS parser,
       ARRAY(SELECT token.alias || ': ' || string_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname), ', '
                                                      ORDER BY m.mapseqno)
             FROM pg_ts_config_map m
             JOIN ts_token_type(c.cfgparser) AS token ON token.tokid = m.maptokentype
             JOIN pg_ts_dict d ON d.oid = m.mapdict
             JOIN pg_namespace dn ON dn.oid = d.dictnamespace
             WHERE m.mapcfg = c.oid
             GROUP BY token.alias
             ORDER BY token.alias COLLATE "C") AS mappings,
       pg_get_userbyid(c.cfgowner)::text AS owner
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_ts_config'::regclass AND d.objid = c.oid AND d.deptype = 'e')
