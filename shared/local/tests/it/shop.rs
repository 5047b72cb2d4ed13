use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use livemart_local::{SERVICES, Servers, Shop, ShopOptions};

use crate::fixture::options;

#[tokio::test]
async fn a_service_that_was_not_built_is_named_with_how_to_build_it() {
    let (directory, options) = options();
    let servers = Servers::start(options).await.unwrap();
    let error = Shop::start(&servers, &ShopOptions::all(directory.path())).await.unwrap_err().to_string();
    assert!(error.contains("livemart-user") && error.contains("cargo build"), "{error}");
    servers.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_that_does_not_stay_up_is_told_with_the_end_of_its_log() {
    let (directory, options) = options();
    let servers = Servers::start(options).await.unwrap();
    let program = directory.path().join("livemart-order");
    fs::write(&program, "#!/bin/sh\necho \"$LIVEMART_NATS_USER cannot read its configuration\"\nexit 3\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let options = ShopOptions::only(directory.path(), &["order"]).unwrap();
    let error = Shop::start(&servers, &options).await.unwrap_err().to_string();
    assert!(error.contains("order-1") && error.contains("order cannot read its configuration"), "{error}");
    servers.stop().await.unwrap();
}

#[test]
fn an_unknown_service_is_refused_with_the_known_ones() {
    let error = ShopOptions::only("/".as_ref(), &["orders"]).unwrap_err().to_string();
    assert!(error.contains("orders is not part of this shop"), "{error}");
    assert!(SERVICES.iter().all(|service| error.contains(service.name)), "{error}");
}
