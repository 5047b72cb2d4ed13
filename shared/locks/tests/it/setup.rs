use livemart_locks::{Locks, Options, SetupError};

#[tokio::test]
async fn no_nodes_and_a_node_listed_twice_are_refused() {
    let none: [&str; 0] = [];
    let refused = Locks::new("test", &none, Options::default());
    assert!(matches!(refused, Err(SetupError::NoNodes)));

    let twice = ["redis://127.0.0.1:6379", "redis://:other@127.0.0.1:6379/1"];
    let refused = Locks::new("test", &twice, Options::default());
    assert!(matches!(refused, Err(SetupError::SameNodeTwice { node }) if node == "127.0.0.1:6379"));
}

#[tokio::test]
async fn a_bad_url_is_named_by_its_position_and_not_shown() {
    let urls = ["redis://127.0.0.1:6379", "http://:secret@127.0.0.1"];
    let error = Locks::new("test", &urls, Options::default()).unwrap_err().to_string();
    assert!(error.contains("number 2") && !error.contains("secret"), "{error}");
}

#[test]
fn outside_a_runtime_they_are_refused_instead_of_panicking() {
    let refused = Locks::new("test", &["redis://127.0.0.1:6379"], Options::default());
    assert!(matches!(refused, Err(SetupError::NoRuntime)));
}
