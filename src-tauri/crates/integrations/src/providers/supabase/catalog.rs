//! What is asked of PostgreSQL's system catalogs, and how the rows become a schema. No IO: whoever runs the queries hands
//! the rows over.
//!
//! Every query gives one column of JSON, so that a database connection and the management API bring the same. What
//! belongs to an extension is left out, and what a partition or child only inherits is not told a second time.
//! Source: PostgreSQL 15, chapter "System Catalogs".

use std::collections::BTreeMap;

use perch_core::redact::redact;
use perch_core::schema::{
    Applied, Column, Constraint, Definition, Extension, Grant, Index, Kind, Name, Part, Policy,
    Routine, Schema, Table, Type,
};
use perch_core::sql;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A query and what it brings.
pub(super) struct Query {
    /// What its rows are about.
    pub(super) part: Part,
    /// The same for people.
    pub(super) about: &'static str,
    /// The query.
    pub(super) sql: String,
}

/// Relations that are shown.
const RELATIONS: &str = "c.relkind IN ('r', 'p', 'v', 'm', 'f')";

/// Every query about these schemas, tables first.
pub(super) fn queries(schemas: &[String]) -> Vec<Query> {
    let listed: Vec<String> = schemas.iter().map(|one| sql::literal(one)).collect();
    let within = if listed.is_empty() {
        "false".to_owned()
    } else {
        format!("n.nspname IN ({})", listed.join(", "))
    };
    let own = |catalog: &str, id: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = '{catalog}'::regclass \
             AND d.objid = {id} AND d.deptype = 'e')"
        )
    };
    let relation = format!(
        "JOIN pg_class c ON c.oid = {{of}} JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {RELATIONS} AND {within} AND {}",
        own("pg_class", "c.oid")
    );
    let of = |id: &str| relation.replace("{of}", id);
    let query = |part, about, rows: String| Query {
        part,
        about,
        sql: format!("SELECT row_to_json(x)::text AS line FROM ({rows}) x"),
    };
    let names = |relation: &str, numbers: &str, limit: &str| {
        format!(
            "(SELECT coalesce(json_agg(coalesce(a.attname, '') ORDER BY u.place), '[]') \
             FROM unnest({numbers}) WITH ORDINALITY u(number, place) \
             LEFT JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = u.number AND u.number > 0{limit})"
        )
    };
    vec![
        query(
            Part::Names,
            "tables",
            format!(
                "SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, \
                 obj_description(c.oid, 'pg_class') AS comment, c.relrowsecurity AS rls, \
                 c.relforcerowsecurity AS rls_forced, coalesce(c.reloptions, '{{}}') AS options, \
                 CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition, \
                 (SELECT coalesce(json_agg(json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno), '[]') \
                 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent \
                 JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) AS inherits, \
                 CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) \
                 WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE {RELATIONS} AND {within} AND {}",
                own("pg_class", "c.oid")
            ),
        ),
        query(
            Part::Details,
            "columns",
            format!(
                "SELECT a.attrelid::int8 AS oid, a.attname AS name, a.attnum::int AS number, \
                 format_type(a.atttypid, a.atttypmod) AS type_name, a.attnotnull AS not_null, \
                 pg_get_expr(f.adbin, f.adrelid) AS \"default\", a.attgenerated <> '' AS generated, \
                 CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity, \
                 col_description(a.attrelid, a.attnum) AS comment, \
                 a.attinhcount > 0 AND NOT a.attislocal AS inherited \
                 FROM pg_attribute a LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum \
                 {} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum",
                of("a.attrelid")
            ),
        ),
        query(
            Part::Constraints,
            "constraints",
            format!(
                "SELECT k.conrelid::int8 AS oid, k.conname AS name, k.contype::text AS kind, \
                 pg_get_constraintdef(k.oid) AS definition, {} AS columns, \
                 CASE WHEN k.confrelid <> 0 THEN (SELECT json_build_object('schema', rn.nspname, 'name', r.relname) \
                 FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = k.confrelid) END AS \"references\", \
                 {} AS referenced FROM pg_constraint k {} \
                 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND k.conislocal",
                names("k.conrelid", "k.conkey", ""),
                names("k.confrelid", "k.confkey", ""),
                of("k.conrelid")
            ),
        ),
        query(
            Part::Indexes,
            "indexes",
            format!(
                "SELECT i.indrelid::int8 AS oid, y.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, \
                 {} AS columns, i.indisunique AS \"unique\", i.indpred IS NOT NULL AS partial, i.indisvalid AS valid \
                 FROM pg_index i JOIN pg_class y ON y.oid = i.indexrelid {} AND NOT y.relispartition \
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))",
                names(
                    "i.indrelid",
                    "i.indkey::int2[]",
                    " WHERE u.place <= i.indnkeyatts"
                ),
                of("i.indrelid")
            ),
        ),
        query(
            Part::Triggers,
            "triggers",
            format!(
                "SELECT t.tgrelid::int8 AS oid, t.tgname AS name, pg_get_triggerdef(t.oid) || \
                 CASE t.tgenabled WHEN 'D' THEN ' (disabled)' WHEN 'R' THEN ' (on replicas)' WHEN 'A' THEN ' (always)' ELSE '' END AS definition \
                 FROM pg_trigger t {} AND NOT t.tgisinternal AND t.tgparentid = 0",
                of("t.tgrelid")
            ),
        ),
        query(
            Part::Policies,
            "policies",
            format!(
                "SELECT p.polrelid::int8 AS oid, p.polname AS name, \
                 CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command, \
                 p.polpermissive AS permissive, (SELECT json_agg(coalesce(r.rolname, 'public') ORDER BY r.rolname) \
                 FROM unnest(p.polroles) u(role) LEFT JOIN pg_roles r ON r.oid = u.role) AS roles, \
                 pg_get_expr(p.polqual, p.polrelid) AS \"using\", pg_get_expr(p.polwithcheck, p.polrelid) AS \"check\" \
                 FROM pg_policy p {}",
                of("p.polrelid")
            ),
        ),
        query(
            Part::Grants,
            "grants",
            format!(
                "SELECT g.oid, coalesce(r.rolname, 'public') AS role, \
                 json_agg(DISTINCT g.privilege || g.of ORDER BY g.privilege || g.of) AS privileges \
                 FROM (SELECT c.oid::int8 AS oid, e.grantee, e.privilege_type AS privilege, '' AS of, c.relowner AS owner \
                 FROM (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {RELATIONS} AND {within}) c, \
                 aclexplode(c.relacl) e UNION ALL \
                 SELECT c.oid::int8, e.grantee, e.privilege_type, ' (' || quote_ident(c.attname) || ')', c.relowner \
                 FROM (SELECT c.oid, c.relowner, a.attname, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {RELATIONS} AND {within} AND a.attacl IS NOT NULL) c, \
                 aclexplode(c.attacl) e) g LEFT JOIN pg_roles r ON r.oid = g.grantee \
                 WHERE g.grantee <> g.owner GROUP BY g.oid, g.grantee, r.rolname"
            ),
        ),
        query(
            Part::Routines,
            "functions",
            format!(
                "SELECT json_build_object('schema', n.nspname, 'name', p.proname) AS name, \
                 pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_functiondef(p.oid) AS definition, \
                 p.prosecdef AS security_definer, p.prorettype = 'trigger'::regtype AS trigger, \
                 EXISTS (SELECT 1 FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%') AS fixed_search_path, \
                 (SELECT coalesce(json_agg(r.rolname ORDER BY r.rolname), '[]') FROM pg_roles r \
                 WHERE r.rolname IN ('anon', 'authenticated') AND has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS callers, \
                 obj_description(p.oid, 'pg_proc') AS comment \
                 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                 WHERE p.prokind IN ('f', 'p') AND {within} AND {}",
                own("pg_proc", "p.oid")
            ),
        ),
        query(
            Part::Types,
            "types",
            format!(
                "SELECT json_build_object('schema', n.nspname, 'name', t.typname) AS name, t.oid::int8 AS oid, \
                 CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS kind, \
                 CASE t.typtype WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) \
                 FROM pg_enum e WHERE e.enumtypid = t.oid) \
                 WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || \
                 coalesce(' DEFAULT ' || t.typdefault, '') || coalesce((SELECT ' ' || string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) \
                 FROM pg_constraint k WHERE k.contypid = t.oid), '') \
                 WHEN 'c' THEN (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) \
                 FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) \
                 ELSE (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid) END AS definition \
                 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid \
                 WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (t.typtype <> 'c' OR c.relkind = 'c') AND {within} AND {} \
                 UNION ALL SELECT json_build_object('schema', n.nspname, 'name', c.relname), c.oid::int8, 'sequence', \
                 format_type(s.seqtypid, NULL) || ' START ' || s.seqstart || ' INCREMENT ' || s.seqincrement \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_sequence s ON s.seqrelid = c.oid \
                 WHERE {within} AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
                 AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))",
                own("pg_type", "t.oid")
            ),
        ),
        query(
            Part::Extensions,
            "extensions",
            "SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version \
             FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                .into(),
        ),
        Query {
            part: Part::Migrations,
            about: "applied migrations",
            sql: "SELECT to_json(m)::text AS line FROM supabase_migrations.schema_migrations m"
                .into(),
        },
    ]
}

/// Rows brought together, part by part.
#[derive(Default)]
pub(super) struct Collected {
    schema: Schema,
    places: BTreeMap<u32, usize>,
}

/// A row about a relation.
#[derive(Deserialize)]
struct Of<T> {
    oid: u32,
    #[serde(flatten)]
    what: T,
}

#[derive(Deserialize)]
struct TableRow {
    oid: u32,
    schema: String,
    name: String,
    kind: String,
    comment: Option<String>,
    rls: bool,
    rls_forced: bool,
    options: Vec<String>,
    definition: Option<String>,
    inherits: Vec<Name>,
    partition: Option<String>,
}

#[derive(Deserialize)]
struct MigrationRow {
    version: String,
    name: Option<String>,
    statements: Option<Vec<String>>,
}

impl Collected {
    /// Takes the rows of one query; an error is a row of another shape than asked for.
    pub(super) fn add(&mut self, part: Part, lines: &[String]) -> Result<(), serde_json::Error> {
        match part {
            Part::Names => self.tables(lines)?,
            Part::Details | Part::RestDetails => {
                self.each(lines, |table, one: Column| table.columns.push(one))?;
            }
            Part::Constraints => {
                self.each(lines, |table, one: Constraint| table.constraints.push(one))?;
            }
            Part::Indexes => self.each(lines, |table, one: Index| table.indexes.push(one))?,
            Part::Triggers => self.each(lines, |table, mut one: Definition| {
                // Database webhooks carry their secret as an argument.
                one.definition = redact(&one.definition).into_owned();
                table.triggers.push(one);
            })?,
            Part::Policies => self.each(lines, |table, one: Policy| table.policies.push(one))?,
            Part::Grants => self.each(lines, |table, one: Grant| table.grants.push(one))?,
            Part::Routines => {
                self.schema.routines = read::<Routine>(lines)?;
                for routine in &mut self.schema.routines {
                    routine.definition = redact(&routine.definition).into_owned();
                }
            }
            Part::Types => self.schema.types = read::<Type>(lines)?,
            Part::Extensions => self.schema.extensions = read::<Extension>(lines)?,
            Part::Migrations => {
                self.schema.applied = read::<MigrationRow>(lines)?
                    .into_iter()
                    .map(|row| Applied {
                        version: row.version,
                        name: row.name.unwrap_or_default(),
                        hash: row
                            .statements
                            .map(|statements| sql::hash(&statements.join(";\n"))),
                    })
                    .collect();
            }
        }
        self.schema.parts.insert(part);
        Ok(())
    }

    /// Notes that a part cannot be read.
    pub(super) fn hide(&mut self, about: &str, reason: &str) {
        self.schema.hidden.push(format!("{about}: {reason}"));
    }

    /// True when that part was read.
    pub(super) fn has(&self, part: Part) -> bool {
        self.schema.has(part)
    }

    /// All of it, in order.
    pub(super) fn finish(mut self) -> Schema {
        self.schema.sort();
        self.schema
    }

    fn tables(&mut self, lines: &[String]) -> Result<(), serde_json::Error> {
        for row in read::<TableRow>(lines)? {
            self.places.insert(row.oid, self.schema.tables.len());
            self.schema.tables.push(Table {
                name: Name::new(row.schema, row.name),
                oid: Some(row.oid),
                kind: match row.kind.as_str() {
                    "p" => Kind::Partitioned,
                    "v" => Kind::View,
                    "m" => Kind::MaterializedView,
                    "f" => Kind::Foreign,
                    _ => Kind::Table,
                },
                comment: row.comment,
                rls: row.rls,
                rls_forced: row.rls_forced,
                options: row.options,
                definition: row.definition,
                inherits: row.inherits,
                partition: row.partition,
                ..Table::default()
            });
        }
        Ok(())
    }

    fn each<T: DeserializeOwned>(
        &mut self,
        lines: &[String],
        mut put: impl FnMut(&mut Table, T),
    ) -> Result<(), serde_json::Error> {
        for row in read::<Of<T>>(lines)? {
            // One made between two queries is seen the next time.
            if let Some(at) = self.places.get(&row.oid) {
                put(&mut self.schema.tables[*at], row.what);
            }
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(lines: &[String]) -> Result<Vec<T>, serde_json::Error> {
    lines
        .iter()
        .map(|line| serde_json::from_str(line))
        .collect()
}
