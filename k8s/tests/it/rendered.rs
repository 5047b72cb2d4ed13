//! The overlays, rendered once for all tests: each as it is, and `prod` with every component.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use livemart_local::install::Checkers;
use livemart_testing::{binaries, repository};
use serde_json::Value;

/// What the overlays are made of, besides themselves: kustomizations beside the files they are about.
const SOURCES: [&str; 3] = ["k8s", "nats", "observability"];

/// The one in which more than payment may leave the cluster.
pub const MAILING: &str = "prod-mail-and-webhooks";

/// The components that `prod` leaves to whoever has their operators, and one way to take all that go together.
const WITH: [(&str, &[&str]); 9] = [
    ("prod-keda", &["keda"]),
    ("prod-cloudnativepg", &["cloudnativepg"]),
    ("prod-monitoring", &["monitoring"]),
    ("prod-tracing", &["tracing"]),
    ("prod-gateway-api", &["gateway-api"]),
    (MAILING, &["mail-and-webhooks"]),
    ("prod-stripe", &["stripe"]),
    ("prod-toss", &["toss"]),
    ("prod-everything", &["keda", "cloudnativepg", "monitoring", "tracing", "gateway-api"]),
];

/// One overlay, rendered.
pub struct Overlay {
    pub name: String,
    pub yaml: PathBuf,
    pub objects: Vec<Object>,
}

/// A Kubernetes object.
#[derive(Clone, Debug)]
pub struct Object(pub Value);

impl Object {
    pub fn kind(&self) -> &str {
        self.0["kind"].as_str().unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.0["metadata"]["name"].as_str().unwrap_or_default()
    }

    pub fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The pod that it makes, where it makes any.
    pub fn pod(&self) -> Option<&Value> {
        self.0.pointer("/spec/template").filter(|template| template["spec"]["containers"].is_array())
    }
}

impl Overlay {
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind() == kind)
    }

    pub fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.kind() == kind && object.name() == name)
    }

    /// Everything that makes pods, with the pod.
    pub fn pods(&self) -> impl Iterator<Item = (&Object, &Value)> {
        self.objects.iter().filter_map(|object| object.pod().map(|pod| (object, pod)))
    }
}

pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let of = |key: &str| pod["spec"][key].as_array().into_iter().flatten();
    of("initContainers").chain(of("containers"))
}

/// Whether an object with `labels` is among those that `selector` means.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let named = selector.as_object().into_iter().flatten();
    let plain = named.clone().filter(|(key, _)| !matches!(key.as_str(), "matchLabels" | "matchExpressions"));
    let nested = selector["matchLabels"].as_object().into_iter().flatten();
    assert!(selector.get("matchExpressions").is_none(), "this check reads no expressions: {selector}");
    plain.chain(nested).all(|(key, value)| labels.get(key) == Some(value))
}

struct Rendered {
    overlays: Vec<Overlay>,
    /// What the overlay for one machine makes: the keys of each secret, as the others expect them to be there.
    secrets: BTreeMap<String, Vec<String>>,
    _scratch: tempfile::TempDir,
}

static RENDERED: LazyLock<Rendered> = LazyLock::new(render);

pub fn overlays() -> &'static [Overlay] {
    &RENDERED.overlays
}

pub fn overlay(name: &str) -> &'static Overlay {
    overlays().iter().find(|overlay| overlay.name == name).unwrap_or_else(|| panic!("no overlay {name}"))
}

/// The secrets that a shop needs, and the keys of each.
pub fn secrets() -> &'static BTreeMap<String, Vec<String>> {
    &RENDERED.secrets
}

pub fn checkers() -> Checkers {
    Checkers::find(&repository().join(".livemart/tools")).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs it, and answers what it prints.
pub fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed\n{stdout}\n{stderr}");
    stdout.into_owned()
}

pub fn read_yaml(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    documents(&text)
}

fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let documents = yaml_serde::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn render() -> Rendered {
    let scratch = tempfile::tempdir().expect("a directory");
    for source in SOURCES {
        copy(&repository().join(source), &scratch.path().join(source));
    }
    let overlays = scratch.path().join("k8s/overlays");
    // Made as everybody makes them, in a copy: those of the clone, if there are any, are a person's.
    output(
        Command::new(binaries().join("livemart"))
            .args(["k8s-secrets", "--directory"])
            .arg(overlays.join("local/secrets"))
            .current_dir(scratch.path()),
    );
    for (name, components) in WITH {
        let listed: String = components.iter().map(|one| format!("  - ../../components/{one}\n")).collect();
        let kustomization = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: livemart\nresources:\n  - ../prod\ncomponents:\n{listed}"
        );
        fs::create_dir(overlays.join(name)).expect("a directory");
        fs::write(overlays.join(name).join("kustomization.yaml"), kustomization).expect("a file");
    }
    let names = ["local", "prod"].into_iter().chain(WITH.map(|(name, _)| name));
    let overlays: Vec<Overlay> = names.map(|name| render_one(scratch.path(), name)).collect();
    let local = overlays.iter().find(|overlay| overlay.name == "local").expect("rendered above");
    let keys = |secret: &Object| secret.0["data"].as_object().expect("data").keys().cloned().collect();
    let secrets = local.of_kind("Secret").map(|secret| (plain(secret.name()).to_owned(), keys(secret))).collect();
    Rendered { overlays, secrets, _scratch: scratch }
}

fn render_one(root: &Path, name: &str) -> Overlay {
    let yaml = output(Command::new(checkers().kubectl).arg("kustomize").arg(root.join("k8s/overlays").join(name)));
    let objects = documents(&yaml).into_iter().map(Object).collect();
    let file = root.join(format!("{name}.yaml"));
    fs::write(&file, yaml).expect("a file");
    Overlay { name: name.to_owned(), yaml: file, objects }
}

/// A name without the hash of its content.
pub fn plain(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((plain, hash)) if hash.len() == 10 && hash.chars().any(|letter| letter.is_ascii_digit()) => plain,
        _ => name,
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            // A person's secrets stay where they are.
            if path.file_name().is_some_and(|name| name != "secrets") {
                copy(&path, &target);
            }
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
