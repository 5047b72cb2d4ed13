//! What every pod may not do. The namespace refuses most of it too, but a test says so before anybody applies anything.

use serde_json::{Value, json};

use crate::rendered::{Object, containers, overlays};

#[test]
fn pods_run_without_any_privilege() {
    for overlay in overlays() {
        for (object, pod) in overlay.pods() {
            let what = format!("{}: {}", overlay.name, object.name());
            let context = &pod["spec"]["securityContext"];
            assert_eq!(context["runAsNonRoot"], true, "{what}");
            assert!(context["runAsUser"].as_u64().is_some_and(|user| user > 0), "{what}");
            assert_eq!(context["seccompProfile"]["type"], "RuntimeDefault", "{what}");
            assert_eq!(pod["spec"]["automountServiceAccountToken"], false, "{what}");
            assert_eq!(pod["spec"]["enableServiceLinks"], false, "{what}");
            for key in ["hostNetwork", "hostPID", "hostIPC"] {
                assert!(pod["spec"][key].is_null(), "{what}: {key}");
            }
            for container in containers(pod) {
                let what = format!("{what}: {}", container["name"]);
                let context = &container["securityContext"];
                assert_eq!(context["allowPrivilegeEscalation"], false, "{what}");
                assert_eq!(context["readOnlyRootFilesystem"], true, "{what}");
                assert_eq!(context["capabilities"], json!({ "drop": ["ALL"] }), "{what}");
            }
        }
        for account in overlay.of_kind("ServiceAccount") {
            assert_eq!(account.0["automountServiceAccountToken"], false, "{}: {}", overlay.name, account.name());
        }
    }
}

#[test]
fn pods_say_what_they_need_and_get_no_more_memory_than_that() {
    for overlay in overlays() {
        for (object, pod) in overlay.pods() {
            for container in containers(pod) {
                let what = format!("{}: {}: {}", overlay.name, object.name(), container["name"]);
                let resources = &container["resources"];
                assert!(resources["requests"]["cpu"].is_string(), "{what}");
                assert!(resources["limits"]["memory"].is_string(), "{what}");
                assert_eq!(resources["requests"]["memory"], resources["limits"]["memory"], "{what}");
                assert!(resources["limits"]["cpu"].is_null(), "{what}: a limit of cpu stops a process that has work");
            }
            for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
                let bounded = volume["emptyDir"].is_null() || volume["emptyDir"]["sizeLimit"].is_string();
                assert!(bounded, "{}: {}: {volume} has no bound", overlay.name, object.name());
            }
        }
    }
}

/// Services end within eight seconds, the servers take longer; nobody is killed in the middle of it.
#[test]
fn pods_have_the_time_to_stop() {
    const DRAIN_SECONDS: u64 = 8;
    for overlay in overlays() {
        for (object, pod) in overlay.pods() {
            // Kubernetes' own default.
            let grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap_or(30);
            let main = main(pod);
            let before = main["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap_or_default();
            assert!(grace > DRAIN_SECONDS + before + 10, "{}: {}", overlay.name, object.name());
        }
    }
}

#[test]
fn services_and_servers_are_watched() {
    for overlay in overlays() {
        for (object, pod) in overlay.pods().filter(|(object, _)| is_watched(object)) {
            for probe in ["readinessProbe", "livenessProbe"] {
                assert!(main(pod)[probe].is_object(), "{}: {} has no {probe}", overlay.name, object.name());
            }
        }
    }
}

/// What the pod is there for, and not the exporter beside it.
fn main(pod: &Value) -> &Value {
    let containers = pod["spec"]["containers"].as_array().expect("containers");
    containers.iter().find(|container| container["name"] != "exporter").unwrap_or(&containers[0])
}

/// The operator's pod only waits to be entered, and nothing of the shop needs Jaeger or an exporter.
fn is_watched(object: &Object) -> bool {
    !["operator", "jaeger", "postgres-exporter"].contains(&object.name())
}
