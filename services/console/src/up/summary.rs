//! What a person needs to go on.

use livemart_local::{Addresses, DEMO_ADMIN, DEMO_CUSTOMER};

use crate::terminal::{Terminal, say};

pub(super) fn print(addresses: &Addresses, terminal: Terminal) {
    let gateway = addresses.gateway_url();
    let customer = &addresses.secrets.demo_customer;
    say!("");
    say!("{}", terminal.bold("LiveMart is up"));
    say!("  pages         {}", addresses.storefront_url());
    say!("  shop          {gateway}/api/v1");
    say!("  NATS          {}  (monitor {})", addresses.nats_url(), addresses.nats_monitor_url());
    say!("  Postgres      127.0.0.1:{}, database livemart", addresses.ports.postgres);
    say!("  customer      {DEMO_CUSTOMER}  {customer}");
    say!("  admin         {DEMO_ADMIN}  {}", addresses.secrets.demo_admin);
    say!("");
    say!("{}", terminal.bold("Buy something"));
    for line in purchase(&gateway, customer).lines() {
        say!("  {line}");
    }
    say!("");
    say!(
        "{}",
        terminal.dim("  just status | just logs order --follow | just down (keeps data) | just reset (drops it)")
    );
    say!("");
}

/// To be pasted into any POSIX shell.
fn purchase(gateway: &str, password: &str) -> String {
    format!(
        r#"SHOP={gateway}/api/v1
TOKEN=$(curl -s $SHOP/sessions -H 'content-type: application/json' \
  -d '{{"email":"{DEMO_CUSTOMER}","password":"{password}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
PRODUCT=$(curl -s "$SHOP/products?limit=1" | sed 's/.*"id":"\(prd_[^"]*\)".*/\1/')
curl -s $SHOP/orders -H "authorization: Bearer $TOKEN" -H "idempotency-key: $(date +%s)" \
  -H 'content-type: application/json' \
  -d '{{"lines":[{{"product_id":"'$PRODUCT'","quantity":1}}],"payment_method":"pm_card_visa"}}'
curl -s $SHOP/orders -H "authorization: Bearer $TOKEN""#
    )
}
