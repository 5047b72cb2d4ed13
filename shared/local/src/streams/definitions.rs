//! Reading the files.

use std::fs;
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Doing as _, Error, Result};

pub(super) type Config = Map<String, Value>;

/// One file: a stream, or a consumer of one.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) stream: String,
    /// None for the stream itself.
    pub(super) consumer: Option<String>,
    pub(super) config: Config,
}

impl Definition {
    /// `ORDERS`, or `ORDERS.payment-order-created`, as its file is called.
    pub(super) fn name(&self) -> String {
        match &self.consumer {
            Some(consumer) => format!("{}.{consumer}", self.stream),
            None => self.stream.clone(),
        }
    }
}

/// All files of a directory, streams before consumers.
#[derive(Clone, Debug)]
pub struct Definitions(pub(super) Vec<Definition>);

impl Definitions {
    /// Reads `<directory>/*.json` and `<directory>/consumers/*.json`.
    pub fn read(directory: &Path) -> Result<Self> {
        let mut all = Vec::new();
        for path in json_files(directory)? {
            let config = read(&path)?;
            // The one document in this directory that is not a stream.
            if config.contains_key("asyncapi") {
                continue;
            }
            let stream = stem(&path);
            expect_name(&path, &config, "name", &stream)?;
            all.push(Definition { stream, consumer: None, config });
        }
        let streams: Vec<String> = all.iter().map(|one: &Definition| one.stream.clone()).collect();
        let consumers = directory.join("consumers");
        let files = if consumers.is_dir() { json_files(&consumers)? } else { Vec::new() };
        for path in files {
            let config = read(&path)?;
            let stem = stem(&path);
            let (stream, consumer) =
                stem.split_once('.').ok_or_else(|| wrong(&path, "is to be called <STREAM>.<durable>.json"))?;
            if !streams.iter().any(|known| known == stream) {
                return Err(wrong(&path, &format!("there is no file of a stream {stream}")));
            }
            expect_name(&path, &config, "durable_name", consumer)?;
            all.push(Definition { stream: stream.to_owned(), consumer: Some(consumer.to_owned()), config });
        }
        Ok(Self(all))
    }

    /// The same, with every stream on so many servers of a cluster; a consumer is where its stream is.
    pub fn with_replicas(mut self, replicas: NonZeroU8) -> Self {
        for stream in self.0.iter_mut().filter(|one| one.consumer.is_none()) {
            stream.config.insert("num_replicas".to_owned(), replicas.get().into());
        }
        self
    }

    /// Those of one stream: itself, and its consumers.
    pub fn of_stream(&self, stream: &str) -> Self {
        Self(self.0.iter().filter(|one| one.stream == stream).cloned().collect())
    }
}

fn json_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let naming = || format!("read {}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).doing(naming)? {
        let path = entry.doing(naming)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Config> {
    let bytes = fs::read(path).doing(|| format!("read {}", path.display()))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(path, &error.to_string()))
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A copied file with the old name in it would otherwise fight with its original.
fn expect_name(path: &Path, config: &Config, key: &str, expected: &str) -> Result<()> {
    if config.get(key).and_then(Value::as_str) == Some(expected) {
        return Ok(());
    }
    Err(wrong(path, &format!("`{key}` is to be \"{expected}\", as in the file's name")))
}

fn wrong(path: &Path, problem: &str) -> Error {
    Error::Definition { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_name_and_content_disagree_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ORDERS.json"), r#"{"name":"PAYMENTS"}"#).unwrap();
        let error = Definitions::read(directory.path()).unwrap_err().to_string();
        assert!(error.contains("ORDERS.json") && error.contains("name"), "{error}");
    }

    #[test]
    fn on_a_cluster_streams_get_their_replicas_and_consumers_follow_them() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("consumers")).unwrap();
        fs::write(directory.path().join("ORDERS.json"), r#"{"name":"ORDERS","num_replicas":1}"#).unwrap();
        let consumer = r#"{"durable_name":"x","num_replicas":0}"#;
        fs::write(directory.path().join("consumers/ORDERS.x.json"), consumer).unwrap();
        let three = NonZeroU8::new(3).unwrap();
        let Definitions(all) = Definitions::read(directory.path()).unwrap().with_replicas(three);
        let replicas: Vec<&Value> = all.iter().map(|one| &one.config["num_replicas"]).collect();
        assert_eq!(replicas, [3, 0]);
    }

    #[test]
    fn a_consumer_of_an_unknown_stream_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("consumers")).unwrap();
        fs::write(directory.path().join("consumers/ORDERS.x.json"), r#"{"durable_name":"x"}"#).unwrap();
        let error = Definitions::read(directory.path()).unwrap_err().to_string();
        assert!(error.contains("no file of a stream ORDERS"), "{error}");
    }
}
