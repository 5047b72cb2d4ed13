//! Who may speak to whom.

use serde_json::{Value, json};

use crate::rendered::{MAILING, Overlay, overlay, overlays, selects};

#[test]
fn nobody_may_speak_to_anybody_unless_a_policy_says_so() {
    for overlay in guarded() {
        let all = overlay.of_kind("NetworkPolicy").find(|policy| {
            policy.at("/spec/podSelector") == &json!({})
                && policy.at("/spec/ingress").is_null()
                && policy.at("/spec/egress").is_null()
        });
        let all = all.unwrap_or_else(|| panic!("{} refuses nothing", overlay.name));
        assert_eq!(all.at("/spec/policyTypes"), &json!(["Ingress", "Egress"]), "{}", overlay.name);
    }
}

#[test]
fn payment_alone_may_leave_the_cluster() {
    for overlay in guarded() {
        for (object, pod) in overlay.pods() {
            let leaves = policies(overlay, &pod["metadata"]["labels"]).any(|policy| {
                let rules = policy.pointer("/spec/egress").and_then(Value::as_array);
                rules.into_iter().flatten().any(goes_anywhere)
            });
            let may = object.name() == "payment" || overlay.name == MAILING && object.name() == "notification";
            assert_eq!(leaves, may, "{}: {}", overlay.name, object.name());
        }
    }
}

#[test]
fn the_gateway_and_the_storefront_alone_are_reached_from_outside() {
    let overlay = overlay("prod");
    for (object, pod) in overlay.pods().filter(|(_, pod)| pod["metadata"]["labels"]["livemart.dev/part"] == "service") {
        let open = policies(overlay, &pod["metadata"]["labels"]).any(|policy| {
            let rules = policy.pointer("/spec/ingress").and_then(Value::as_array);
            rules.into_iter().flatten().any(|rule| rule["from"].is_null())
        });
        assert_eq!(open, ["gateway", "storefront"].contains(&object.name()), "{}", object.name());
    }
}

/// Pages are made of what the REST API says, and of nothing else.
#[test]
fn the_storefront_reaches_the_gateway_and_no_other_service() {
    for overlay in guarded() {
        let (_, pod) = overlay.pods().find(|(object, _)| object.name() == "storefront").expect("a storefront");
        let rules = policies(overlay, &pod["metadata"]["labels"])
            .flat_map(|policy| policy.pointer("/spec/egress").and_then(Value::as_array).into_iter().flatten());
        let peers = rules.flat_map(|rule| rule["to"].as_array().into_iter().flatten());
        let selected: Vec<&Value> = peers.map(|peer| &peer["podSelector"]["matchLabels"]).collect();
        assert!(selected.contains(&&json!({ "app.kubernetes.io/name": "gateway" })), "{}: {selected:?}", overlay.name);
        let services = overlay.pods().filter(|(_, pod)| pod["metadata"]["labels"]["livemart.dev/part"] == "service");
        for (service, pod) in services.filter(|(service, _)| service.name() != "gateway") {
            let reached =
                selected.iter().any(|labels| labels.is_object() && selects(labels, &pod["metadata"]["labels"]));
            assert!(!reached, "{}: it reaches {}", overlay.name, service.name());
        }
    }
}

/// A pod that says it is a client of a server is let out to it and in at it, and no other is.
#[test]
fn clients_reach_their_servers() {
    for overlay in guarded() {
        for server in ["nats", "postgres", "redis"] {
            let label = format!("livemart.dev/{server}");
            let clients = overlay.pods().filter(|(_, pod)| pod["metadata"]["labels"].get(&label).is_some());
            assert!(clients.count() > 0, "{}: {server} has no clients", overlay.name);
            for (policy, direction) in [(server.to_owned(), "ingress"), (format!("{server}-clients"), "egress")] {
                let policy = overlay.find("NetworkPolicy", &policy).unwrap_or_else(|| panic!("{policy}"));
                let text = policy.at(&format!("/spec/{direction}")).to_string();
                let other = if direction == "ingress" {
                    label.clone()
                } else {
                    format!("\"app.kubernetes.io/name\":\"{server}\"")
                };
                assert!(text.contains(&other), "{}: {} {direction}", overlay.name, policy.name());
            }
        }
    }
}

/// The overlays with policies.
fn guarded() -> impl Iterator<Item = &'static Overlay> {
    overlays().iter().filter(|overlay| overlay.name.starts_with("prod"))
}

fn policies<'a>(overlay: &'a Overlay, labels: &'a Value) -> impl Iterator<Item = &'a Value> {
    overlay
        .of_kind("NetworkPolicy")
        .filter(|policy| selects(policy.at("/spec/podSelector"), labels))
        .map(|policy| &policy.0)
}

fn goes_anywhere(rule: &Value) -> bool {
    let to = rule["to"].as_array();
    to.is_none_or(|peers| peers.iter().any(|peer| peer.get("ipBlock").is_some()))
}
