//! The two ways by HTTP: PostgREST's description of itself, and queries run by the management API.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use perch_analyse::schema::compare::compare;
use perch_core::schema::{Name, Part};
use perch_core::seam::provider::ProviderError;
use perch_testkit::postgres::Postgres;
use serde_json::{Value, json};

use crate::support::{connection, look, read, reading};

/// What a stub answers, and what it was asked.
#[derive(Clone, Default)]
struct Stub {
    answer: Arc<Mutex<(u16, Value)>>,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    /// Runs the queries of the management API.
    postgres: Option<Arc<Postgres>>,
}

impl Stub {
    async fn start(self) -> String {
        let router = Router::new().fallback(answer).with_state(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }
}

async fn answer(State(stub): State<Stub>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    stub.asked
        .lock()
        .expect("whole")
        .push((uri.path().to_owned(), headers));
    if let Some(postgres) = &stub.postgres {
        let query: Value = serde_json::from_str(&body).expect("JSON");
        let query = query["query"].as_str().expect("a query");
        let known = postgres.ask("SELECT to_regclass('supabase_migrations.schema_migrations')");
        if query.contains("supabase_migrations") && known.is_empty() {
            let problem = json!({"message": "relation \"supabase_migrations.schema_migrations\" does not exist"});
            return (StatusCode::BAD_REQUEST, axum::Json(problem)).into_response();
        }
        let lines: Vec<Value> = postgres
            .ask(query)
            .lines()
            .map(|line| json!({ "line": line }))
            .collect();
        return (StatusCode::CREATED, axum::Json(json!(lines))).into_response();
    }
    let (status, body) = stub.answer.lock().expect("whole").clone();
    let status = StatusCode::from_u16(status).expect("a status");
    (
        status,
        [("content-type", "application/openapi+json")],
        body.to_string(),
    )
        .into_response()
}

/// What PostgREST 12 says of two tables.
fn described() -> Value {
    json!({
        "swagger": "2.0",
        "info": {"title": "standard public schema", "version": "12.2.3"},
        "paths": {},
        "definitions": {
            "todos": {
                "description": "Things to do",
                "required": ["id", "title", "list_id"],
                "properties": {
                    "id": {"description": "Note:\nThis is a Primary Key.<pk/>", "format": "bigint", "type": "integer"},
                    "title": {"description": "What is to be done", "format": "character varying", "maxLength": 200, "type": "string"},
                    "list_id": {"description": "Note:\nThis is a Foreign Key to `lists.id`.<fk table='lists' column='id'/>", "format": "uuid", "type": "string"},
                    "mood": {"default": "fine", "enum": ["sad", "fine"], "format": "public.mood", "type": "string"},
                    "made": {"default": "now()", "format": "timestamp with time zone", "type": "string"}
                },
                "type": "object"
            },
            "lists": {
                "required": ["id"],
                "properties": {"id": {"description": "Note:\nThis is a Primary Key.<pk/>", "format": "uuid", "type": "string"}},
                "type": "object"
            }
        }
    })
}

#[tokio::test]
async fn address_and_key_alone_show_tables_columns_keys_and_comments() {
    let stub = Stub {
        answer: Arc::new(Mutex::new((200, described()))),
        ..Stub::default()
    };
    let base = stub.clone().start().await;
    let key = ["service", "role", "key"].join("-");
    let batch = look(&connection(&base, &["public"]), &key)
        .await
        .expect("it answers");
    let schema = reading(batch).schema;
    insta::assert_snapshot!(
        "described",
        serde_json::to_string_pretty(&json!(schema)).expect("JSON")
    );
    let asked = stub.asked.lock().expect("whole");
    let (path, headers) = &asked[0];
    assert_eq!(path, "/rest/v1/");
    assert_eq!(headers["apikey"], key.as_str());
    assert_eq!(headers["authorization"], format!("Bearer {key}").as_str());
    assert_eq!(headers["accept-profile"], "public");
}

/// What a PostgREST 12.2.0 behind Supabase answered, its paths and parameters left out. Recorded in
/// github.com/supabase-community/supabase-mcp (Apache-2.0).
const RECORDED: &str = r#"{"swagger":"2.0","info":{"description":"","title":"standard public schema","version":"12.2.0 (ec89f6b)"},"host":"0.0.0.0:3000","basePath":"/","schemes":["http"],"definitions":{"todos":{"description":"Table to manage todo items with details such as title, description, due date, and completion status.","required":["id","title","user_id"],"properties":{"id":{"description":"Note:\nThis is a Primary Key.<pk/>","format":"bigint","type":"integer"},"title":{"format":"text","type":"string"},"description":{"format":"text","type":"string"},"due_date":{"format":"date","type":"string"},"is_completed":{"default":false,"format":"boolean","type":"boolean"},"user_id":{"default":"auth.uid()","format":"uuid","type":"string"}},"type":"object"}}}"#;

#[tokio::test]
async fn what_a_real_project_answered_is_read() {
    let recorded: Value = serde_json::from_str(RECORDED).expect("JSON");
    let stub = Stub {
        answer: Arc::new(Mutex::new((200, recorded))),
        ..Stub::default()
    };
    let base = stub.clone().start().await;
    let batch = look(&connection(&base, &["public"]), "a-key").await;
    let schema = reading(batch.expect("it answers")).schema;
    let todos = &schema.tables[0];
    assert_eq!(todos.primary_key(), ["id"]);
    let columns: Vec<String> = todos
        .columns
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {:?}",
                one.name, one.type_name, one.not_null, one.default
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            "id bigint true None",
            "title text true None",
            "description text false None",
            "due_date date false None",
            "is_completed boolean false Some(\"false\")",
            "user_id uuid true Some(\"auth.uid()\")",
        ]
    );
}

#[tokio::test]
async fn refusals_are_told_with_what_to_do() {
    let stub = Stub::default();
    let base = stub.clone().start().await;
    for (status, expected) in [
        (401, "refused"),
        (403, "refused"),
        (404, "misconfigured"),
        (500, "unavailable"),
        (503, "unavailable"),
        (429, "wait"),
    ] {
        *stub.answer.lock().expect("whole") = (status, json!({"message": "not this time"}));
        let error = look(&connection(&base, &["public"]), "a-key")
            .await
            .expect_err("refused");
        let found = match error {
            ProviderError::Refused { .. } => "refused",
            ProviderError::Wait { .. } => "wait",
            ProviderError::Unavailable(_) => "unavailable",
            ProviderError::Misconfigured { .. } => "misconfigured",
        };
        assert_eq!(found, expected, "{status}");
    }
    // A schema the API does not show holds up nothing else.
    *stub.answer.lock().expect("whole") = (
        406,
        json!({"message": "The schema must be one of the following: public"}),
    );
    let batch = look(&connection(&base, &["ops"]), "a-key")
        .await
        .expect("it is only said");
    assert!(batch.standing.hurdles[0].problem.contains("schema `ops`"));
    // Nor does nonsense become a schema.
    *stub.answer.lock().expect("whole") = (200, json!({"definitions": [1]}));
    let error = look(&connection(&base, &["public"]), "a-key")
        .await
        .expect_err("no description");
    assert!(matches!(error, ProviderError::Unavailable(_)));
}

#[tokio::test]
async fn from_key_to_connection_string_only_what_both_show_is_compared() {
    let postgres = Postgres::start();
    postgres.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'fine'); CREATE TABLE lists (id uuid PRIMARY KEY);
         CREATE TABLE todos (id bigint PRIMARY KEY, title varchar(200) NOT NULL, list_id uuid NOT NULL REFERENCES lists (id),
             mood mood DEFAULT 'fine', made timestamptz DEFAULT now(), due date);
         CREATE TABLE new (id int); ALTER TABLE todos ENABLE ROW LEVEL SECURITY;",
    );
    let stub = Stub {
        answer: Arc::new(Mutex::new((200, described()))),
        ..Stub::default()
    };
    let base = stub.clone().start().await;
    let rest = reading(
        look(&connection(&base, &["public"]), "a-key")
            .await
            .expect("it answers"),
    )
    .schema;
    let whole = read(&postgres, &["public"]).await;
    let told: Vec<String> = compare(&rest, &whole)
        .iter()
        .map(|one| one.object.clone())
        .collect();
    assert_eq!(told, ["table `public.new`", "column `public.todos.due`"]);
    assert!(!rest.has(Part::Details) && rest.has(Part::RestDetails));
}

#[tokio::test]
async fn the_management_api_brings_what_a_connection_brings() {
    let postgres = Arc::new(Postgres::start());
    postgres.sql(
        "CREATE TYPE mood AS ENUM ('sad', 'fine');
         CREATE TABLE todos (id bigint PRIMARY KEY, mood mood DEFAULT 'fine');
         ALTER TABLE todos ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON todos USING (true);",
    );
    let stub = Stub {
        postgres: Some(Arc::clone(&postgres)),
        ..Stub::default()
    };
    let base = stub.clone().start().await;
    let mut connection = connection("https://abcdefghij.supabase.co", &["public"]);
    connection
        .settings
        .insert("management_url".into(), base.into());
    let token = ["sbp", "0123456789"].join("_");
    let by_api = reading(look(&connection, &token).await.expect("it answers"));
    assert_eq!(by_api.schema, read(&postgres, &["public"]).await);
    assert_eq!(
        (by_api.place.as_str(), by_api.name.as_str()),
        ("abcdefghij.supabase.co", "abcdefghij")
    );
    let asked = stub.asked.lock().expect("whole");
    assert_eq!(
        asked[0].0,
        "/v1/projects/abcdefghij/database/query/read-only"
    );
    assert!(by_api.schema.table(&Name::new("public", "todos")).is_some());
}
