//! Language models in the settings file.

use perch_core::seam::model::{ModelChoice, Price};

use super::*;

fn claude() -> ModelChoice {
    ModelChoice {
        name: "claude".into(),
        provider: "anthropic".into(),
        base_url: "https://api.anthropic.example".into(),
        model: "claude-sonnet-5".into(),
        enabled: true,
        context_tokens: ModelChoice::CONTEXT,
        price: None,
    }
}

#[test]
fn models_are_read_in_order_and_limits_beside_them() {
    let settings = read(
        r#"
        [model_budget]
        calls_per_day = 10
        dollars_per_day = 1
        dollars_per_suggestion = 0.05
        [[model]]
        name = "claude"
        provider = "anthropic"
        model = "claude-sonnet-5"
        [[model]]
        name = "own"
        provider = "ollama"
        model = "qwen3:8b"
        base_url = "http://192.168.1.7:11434"
        context_tokens = 8000
        price_in = 0
        price_out = 0.5
        enabled = false
        "#,
        &rules(),
    )
    .expect("well formed");
    let own = ModelChoice {
        name: "own".into(),
        provider: "ollama".into(),
        base_url: "http://192.168.1.7:11434".into(),
        model: "qwen3:8b".into(),
        enabled: false,
        context_tokens: 8000,
        price: Some(Price {
            input: 0.0,
            output: 0.5,
        }),
    };
    assert_eq!(settings.models, [claude(), own]);
    let limits = ModelLimits {
        calls_per_day: 10,
        dollars_per_day: 1.0,
        dollars_per_suggestion: 0.05,
        ..ModelLimits::default()
    };
    assert_eq!(settings.model_limits, limits);
}

#[test]
fn everything_wrong_with_models_is_told_at_once_with_its_line() {
    let told = problems(
        r#"[[model]]
name = "Claude 5"
provider = "anthropic"
model = "m"
[[model]]
name = "a"
provider = "antropic"
model = "m"
[[model]]
name = "b"
provider = "ollama"
[[model]]
name = "c"
provider = "anthropic"
model = "m"
base_url = "http://llm.acme.example"
[[model]]
name = "d"
provider = "ollama"
model = "m"
price_in = 1
api_key = "x"
[[model]]
name = "e"
provider = "ollama"
model = "m"
[[model]]
name = "e"
provider = "ollama"
model = "m"
[model_budget]
calls_per_day = "many"
dollars_per_week = 3
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn a_model_is_added_changed_and_taken_out_and_comments_stay() {
    let (_folder, mut file) = file("# mine\ntheme = \"dark\"\n");
    file.put_model(&claude()).expect("added");
    let newer = ModelChoice {
        model: "claude-sonnet-5-5".into(),
        ..claude()
    };
    file.put_model(&newer).expect("changed");
    assert_eq!(file.settings().models, [newer]);
    assert!(text(&file).starts_with("# mine\n"));
    assert!(!text(&file).contains("base_url"), "{}", text(&file));
    assert!(file.remove_model("claude").expect("taken out"));
    assert_eq!(text(&file).trim(), "# mine\ntheme = \"dark\"");
    assert!(file.set("model", &json!([])).is_err());
}
