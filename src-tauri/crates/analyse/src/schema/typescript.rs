//! What a column is in the types that the Supabase CLI generates for TypeScript: `Row`, `Insert` and `Update`.

use perch_core::schema::{Column, Name, Schema};

/// The three lines for a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// In `Row`.
    pub row: String,
    /// In `Insert`.
    pub insert: String,
    /// In `Update`.
    pub update: String,
}

/// How `column` stands in the generated types.
pub fn lines(schema: &Schema, column: &Column) -> Lines {
    let base = type_of(schema, &column.type_name);
    let value = if column.not_null {
        base
    } else {
        format!("{base} | null")
    };
    let name = property(&column.name);
    let never = column.generated || column.identity.as_deref() == Some("always");
    let written = if never { "never" } else { value.as_str() };
    let optional =
        never || !column.not_null || column.default.is_some() || column.identity.is_some();
    let mark = if optional { "?" } else { "" };
    Lines {
        row: format!("{name}: {value}"),
        insert: format!("{name}{mark}: {written}"),
        update: format!("{name}?: {written}"),
    }
}

fn property(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

fn type_of(schema: &Schema, type_name: &str) -> String {
    if let Some(member) = type_name.strip_suffix("[]") {
        let member = type_of(schema, member);
        return if member.contains(' ') {
            format!("({member})[]")
        } else {
            format!("{member}[]")
        };
    }
    let plain = type_name.split('(').next().unwrap_or(type_name).trim();
    let known = match plain {
        "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric" | "oid" => {
            Some("number")
        }
        "boolean" => Some("boolean"),
        "json" | "jsonb" => Some("Json"),
        "text"
        | "character varying"
        | "character"
        | "uuid"
        | "bytea"
        | "date"
        | "time"
        | "time without time zone"
        | "time with time zone"
        | "timestamp"
        | "timestamp without time zone"
        | "timestamp with time zone"
        | "citext"
        | "name" => Some("string"),
        _ => None,
    };
    if let Some(known) = known {
        return known.into();
    }
    let named = |name: &Name| {
        let sql = name.sql();
        sql == plain || sql.strip_prefix("public.") == Some(plain)
    };
    match schema.types.iter().find(|one| named(&one.name)) {
        Some(one) if one.kind == "enum" => {
            format!(
                "Database[{:?}][\"Enums\"][{:?}]",
                one.name.schema, one.name.name
            )
        }
        Some(one) if one.kind == "domain" => {
            let base = one.definition.split(" NOT NULL").next().unwrap_or_default();
            let base = base.split(" DEFAULT ").next().unwrap_or_default();
            type_of(schema, base.split(" CHECK ").next().unwrap_or_default())
        }
        Some(one) if one.kind == "composite" => {
            format!(
                "Database[{:?}][\"CompositeTypes\"][{:?}]",
                one.name.schema, one.name.name
            )
        }
        _ => "unknown".into(),
    }
}

/// True for a file that holds such types.
pub fn is_types_file(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    matches!(
        file.as_str(),
        "database.types.ts"
            | "supabase.types.ts"
            | "types_db.ts"
            | "database.ts"
            | "supabase.ts"
            | "schema.types.ts"
            | "database.generated.ts"
            | "database-generated.types.ts"
            | "database_types.ts"
    )
}

#[cfg(test)]
mod tests {
    use perch_core::schema::Type;

    use super::*;

    #[test]
    fn a_column_stands_in_each_type_as_the_generator_writes_it() {
        let schema = Schema {
            types: vec![Type {
                name: Name::new("public", "mood"),
                kind: "enum".into(),
                ..Type::default()
            }],
            ..Schema::default()
        };
        let column = |type_name: &str, not_null, default: Option<&str>| Column {
            name: "x".into(),
            type_name: type_name.into(),
            not_null,
            default: default.map(Into::into),
            ..Column::default()
        };
        let identity = Column {
            identity: Some("always".into()),
            ..column("bigint", true, None)
        };
        for (column, row, insert) in [
            (column("text", true, None), "x: string", "x: string"),
            (
                column("text", false, None),
                "x: string | null",
                "x?: string | null",
            ),
            (
                column("timestamp with time zone", true, Some("now()")),
                "x: string",
                "x?: string",
            ),
            (
                column("numeric(10,2)", true, None),
                "x: number",
                "x: number",
            ),
            (column("jsonb[]", true, None), "x: Json[]", "x: Json[]"),
            (
                column("public.mood", true, None),
                "x: Database[\"public\"][\"Enums\"][\"mood\"]",
                "x: Database[\"public\"][\"Enums\"][\"mood\"]",
            ),
            (
                column("tsvector", false, None),
                "x: unknown | null",
                "x?: unknown | null",
            ),
            (identity, "x: number", "x?: never"),
        ] {
            let lines = lines(&schema, &column);
            assert_eq!((lines.row.as_str(), lines.insert.as_str()), (row, insert));
        }
    }
}
