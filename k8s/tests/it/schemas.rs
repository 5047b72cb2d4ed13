use std::process::Command;

use crate::rendered::{checkers, output, overlays};

/// Kinds whose schemas Kubernetes does not bring, and who brings them.
const OF_OPERATORS: [&str; 6] = [
    "keda.sh/v1alpha1/ScaledObject",
    "postgresql.cnpg.io/v1/Cluster",
    "monitoring.coreos.com/v1/PodMonitor",
    "monitoring.coreos.com/v1/PrometheusRule",
    "gateway.networking.k8s.io/v1/Gateway",
    "gateway.networking.k8s.io/v1/HTTPRoute",
];

/// Strict: a field that the schema does not know is a mistake. Prints the kinds that have no schema.
const VALIDATE: &str = "
import sys, yaml, kubernetes_validate
failed = False
for document in yaml.safe_load_all(open(sys.argv[1])):
    name = f\"{document['kind']} {document['metadata']['name']}\"
    try:
        kubernetes_validate.validate(document, sys.argv[2], strict=True)
    except kubernetes_validate.ValidationError as error:
        failed = True
        print(f\"{name}: {error.message} at {list(error.path)}\", file=sys.stderr)
    except kubernetes_validate.SchemaNotFoundError:
        print(f\"{document['apiVersion']}/{document['kind']}\")
sys.exit(failed)
";

/// The oldest Kubernetes that has all that is used (the native `sleep` hook), and the newest that the schemas are there for.
const VERSIONS: [&str; 2] = ["1.34", "1.37"];

#[test]
fn every_overlay_is_valid_by_the_schemas_of_kubernetes() {
    for overlay in overlays() {
        for version in VERSIONS {
            let mut validate = Command::new(checkers().python);
            validate.args(["-c", VALIDATE]).arg(&overlay.yaml).arg(version);
            for unknown in output(&mut validate).lines() {
                assert!(OF_OPERATORS.contains(&unknown), "{}: nobody knows the kind {unknown}", overlay.name);
            }
        }
    }
}

#[test]
fn a_bare_cluster_knows_every_kind_of_the_overlays() {
    for name in ["local", "prod"] {
        let overlay = crate::rendered::overlay(name);
        let strangers = overlay.objects.iter().filter(|object| {
            let kind = format!("{}/{}", object.at("/apiVersion").as_str().unwrap_or_default(), object.kind());
            OF_OPERATORS.contains(&kind.as_str())
        });
        let strangers: Vec<&str> = strangers.map(crate::rendered::Object::name).collect();
        assert!(strangers.is_empty(), "{name} needs an operator for {strangers:?}");
    }
}

/// Some of their fields cannot be changed, so that the next version could not be applied.
#[test]
fn nothing_is_a_job() {
    for overlay in overlays() {
        assert!(overlay.of_kind("Job").next().is_none(), "{}", overlay.name);
    }
}
