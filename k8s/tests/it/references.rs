//! Whatever an object names is there.

use serde_json::Value;

use crate::rendered::{Object, Overlay, containers, overlays, plain, secrets, selects};

/// Secrets that come from elsewhere than the operator's own passwords, their keys, and from whom.
const MADE_BY_OTHERS: [(&str, &[&str]); 5] = [
    // cert-manager, or whoever else makes certificates.
    ("nats-tls", &["ca.crt", "tls.crt", "tls.key"]),
    ("shop-tls", &["tls.crt", "tls.key"]),
    // Whoever runs the mail server.
    ("notification-mail", &["url"]),
    // The payment provider; Toss has no webhook secret.
    ("payment-provider", &["secret-key", "webhook-secret"]),
    // CloudNativePG.
    ("postgres-ca", &["ca.crt"]),
];

#[test]
fn pods_find_their_secrets_and_config_maps() {
    each_pod(|overlay, object, pod| {
        for container in containers(pod) {
            for variable in list(container, "env") {
                for (kind, reference) in [("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")] {
                    if let Some(reference) = variable["valueFrom"].get(reference) {
                        expect_key(overlay, object, kind, text(&reference["name"]), text(&reference["key"]));
                    }
                }
            }
            for source in list(container, "envFrom") {
                expect(overlay, object, "Secret", text(&source["secretRef"]["name"]));
            }
        }
        for volume in list(&pod["spec"], "volumes") {
            if let Some(name) = volume["secret"]["secretName"].as_str() {
                expect(overlay, object, "Secret", name);
                for item in list(&volume["secret"], "items") {
                    expect_key(overlay, object, "Secret", name, text(&item["key"]));
                }
            }
            if let Some(name) = volume["configMap"]["name"].as_str() {
                expect(overlay, object, "ConfigMap", name);
            }
        }
    });
}

#[test]
fn what_is_mounted_is_a_volume_and_what_is_a_volume_is_mounted() {
    each_pod(|overlay, object, pod| {
        let claims = list(&object.0["spec"], "volumeClaimTemplates").map(|claim| text(&claim["metadata"]["name"]));
        let mut volumes: Vec<&str> =
            list(&pod["spec"], "volumes").map(|one| text(&one["name"])).chain(claims).collect();
        let mounts = containers(pod).flat_map(|container| list(container, "volumeMounts"));
        let mut mounted: Vec<&str> = mounts.map(|mount| text(&mount["name"])).collect();
        mounted.sort_unstable();
        mounted.dedup();
        volumes.sort_unstable();
        assert_eq!(volumes, mounted, "{}: {}", overlay.name, object.name());
    });
}

/// Kubernetes leaves `$(X)` as it is where X comes later, and the service would take it for a password.
#[test]
fn a_variable_is_made_of_those_before_it() {
    each_pod(|overlay, object, pod| {
        for container in containers(pod) {
            let mut defined: Vec<&str> = Vec::new();
            for variable in list(container, "env") {
                for used in used_in(variable["value"].as_str().unwrap_or_default()) {
                    let name = text(&variable["name"]);
                    assert!(defined.contains(&used), "{}: {}: {name} is made of {used}", overlay.name, object.name());
                }
                defined.push(text(&variable["name"]));
            }
            for argument in list(container, "args").filter_map(Value::as_str) {
                for used in used_in(argument) {
                    assert!(defined.contains(&used), "{}: {}: {argument}", overlay.name, object.name());
                }
            }
        }
    });
}

#[test]
fn pods_have_a_service_account_of_their_own() {
    each_pod(|overlay, object, pod| {
        assert_eq!(pod["spec"]["serviceAccountName"], object.name(), "{}", overlay.name);
        expect(overlay, object, "ServiceAccount", object.name());
    });
}

#[test]
fn selectors_select() {
    for overlay in overlays() {
        let selected =
            |selector: &Value| overlay.pods().filter(|(_, pod)| selects(selector, &pod["metadata"]["labels"])).count();
        for object in &overlay.objects {
            let what = format!("{}: {} {}", overlay.name, object.kind(), object.name());
            match object.kind() {
                "Deployment" | "StatefulSet" => {
                    let labels = object.at("/spec/template/metadata/labels");
                    assert!(selects(object.at("/spec/selector"), labels), "{what} does not select its own pods");
                }
                "Service" => assert_eq!(selected(object.at("/spec/selector")), 1, "{what}"),
                "PodDisruptionBudget" => assert_eq!(selected(object.at("/spec/selector")), 1, "{what}"),
                "PodMonitor" => assert!(selected(object.at("/spec/selector")) > 0, "{what}"),
                _ => {}
            }
        }
    }
}

#[test]
fn ports_have_the_names_that_others_call_them_by() {
    each_pod(|overlay, object, pod| {
        let ports = ports(pod);
        for container in containers(pod) {
            for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
                for port in [&container[probe]["httpGet"]["port"], &container[probe]["tcpSocket"]["port"]] {
                    let known = port.is_null() || ports.contains(&text(port));
                    assert!(known, "{}: {}: {probe} asks port {port}", overlay.name, object.name());
                }
            }
        }
    });
    for overlay in overlays() {
        for service in overlay.of_kind("Service") {
            let selected =
                overlay.pods().filter(|(_, pod)| selects(service.at("/spec/selector"), &pod["metadata"]["labels"]));
            let ports: Vec<&str> = selected.flat_map(|(_, pod)| ports(pod)).collect();
            for port in list(&service.0["spec"], "ports") {
                let target = text(&port["targetPort"]);
                assert!(ports.contains(&target), "{}: service {} has no {target}", overlay.name, service.name());
            }
        }
        for monitor in overlay.of_kind("PodMonitor") {
            let selected =
                overlay.pods().filter(|(_, pod)| selects(monitor.at("/spec/selector"), &pod["metadata"]["labels"]));
            for (object, pod) in selected {
                for endpoint in list(&monitor.0["spec"], "podMetricsEndpoints") {
                    let port = text(&endpoint["port"]);
                    assert!(ports(pod).contains(&port), "{}: {} has no port {port}", overlay.name, object.name());
                }
            }
        }
    }
}

#[test]
fn what_is_scaled_reached_and_governed_is_there() {
    for overlay in overlays() {
        for object in &overlay.objects {
            match object.kind() {
                "HorizontalPodAutoscaler" | "ScaledObject" => {
                    let name = text(object.at("/spec/scaleTargetRef/name"));
                    let target = overlay.find("Deployment", name).unwrap_or_else(|| panic!("{}: {name}", overlay.name));
                    assert!(target.at("/spec/replicas").is_null(), "{}: {name} would be reset", overlay.name);
                    let scalers = overlay.objects.iter().filter(|other| other.at("/spec/scaleTargetRef/name") == name);
                    assert_eq!(scalers.count(), 1, "{}: {name} is scaled by two", overlay.name);
                }
                "StatefulSet" => expect(overlay, object, "Service", text(object.at("/spec/serviceName"))),
                "Ingress" => {
                    let service = object.at("/spec/rules/0/http/paths/0/backend/service");
                    expect_port(overlay, text(&service["name"]), &service["port"]["name"], "name");
                }
                "HTTPRoute" => {
                    for backend in list(object.at("/spec/rules/0"), "backendRefs") {
                        expect_port(overlay, text(&backend["name"]), &backend["port"], "port");
                    }
                    expect(overlay, object, "Gateway", text(object.at("/spec/parentRefs/0/name")));
                }
                _ => {}
            }
        }
    }
}

/// What ends TLS needs its certificate.
#[test]
fn certificates_are_among_those_that_are_made() {
    for overlay in overlays() {
        for ingress in overlay.of_kind("Ingress") {
            expect_key(overlay, ingress, "Secret", text(ingress.at("/spec/tls/0/secretName")), "tls.key");
        }
        for gateway in overlay.of_kind("Gateway") {
            let name = text(gateway.at("/spec/listeners/0/tls/certificateRefs/0/name"));
            expect_key(overlay, gateway, "Secret", name, "tls.key");
        }
    }
}

fn each_pod(check: impl Fn(&Overlay, &Object, &Value)) {
    for overlay in overlays() {
        assert!(overlay.pods().count() > 5, "{} has pods", overlay.name);
        for (object, pod) in overlay.pods() {
            check(overlay, object, pod);
        }
    }
}

fn expect(overlay: &Overlay, by: &Object, kind: &str, name: &str) {
    let made = kind == "Secret" && overlay.name != "local" && keys_of_expected(name).is_some();
    let there = made || overlay.find(kind, name).is_some();
    assert!(there, "{}: {} {} names the {kind} {name}", overlay.name, by.kind(), by.name());
}

fn expect_key(overlay: &Overlay, by: &Object, kind: &str, name: &str, key: &str) {
    expect(overlay, by, kind, name);
    let has = match overlay.find(kind, name) {
        Some(object) => object.at("/data").get(key).is_some(),
        None => keys_of_expected(name).is_some_and(|keys| keys.iter().any(|known| known == key)),
    };
    assert!(has, "{}: {} {} names the key {key} of the {kind} {name}", overlay.name, by.kind(), by.name());
}

fn keys_of_expected(name: &str) -> Option<Vec<String>> {
    let others = MADE_BY_OTHERS.iter().find(|(other, _)| *other == name);
    let others = others.map(|(_, keys)| keys.iter().map(|key| (*key).to_owned()).collect());
    others.or_else(|| secrets().get(plain(name)).cloned())
}

fn expect_port(overlay: &Overlay, service: &str, port: &Value, by: &str) {
    let there = overlay.find("Service", service).unwrap_or_else(|| panic!("{}: service {service}", overlay.name));
    let known = list(&there.0["spec"], "ports").any(|one| &one[by] == port);
    assert!(known, "{}: service {service} has no port {port}", overlay.name);
}

fn ports(pod: &Value) -> Vec<&str> {
    containers(pod).flat_map(|container| list(container, "ports")).map(|port| text(&port["name"])).collect()
}

fn used_in(value: &str) -> Vec<&str> {
    value.split("$(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(name, _)| name).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
