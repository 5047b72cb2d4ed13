//! `POST /orders`: prices the order from the catalogue and starts its saga.
//!
//! Orders that arrive while a commit is under way share the next one; each keeps its own answer.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use livemart_contracts::UserId;
use livemart_contracts::events::OrderCreated;
use livemart_messaging::group::{Group, group};
use livemart_messaging::{Store, UnitOfWork};
use livemart_runtime::{App, Live};
use livemart_web::idempotency::{Answer, Claim, Claimed, Once, claim_in, remember_in};
use livemart_web::{Body, Caller, IdempotencyKey, RequestTrace};
use sea_orm::DbErr;

use super::Orders;
use super::view::OrderView;
use crate::config::Settings;
use crate::domain::NewOrder;
use crate::domain::placing::price;
use crate::error::OrderError;
use crate::store::orders::PlacedOrder;
use crate::store::{catalogue, orders};

const ROUTE: &str = "POST /api/v1/orders";

/// A valid order on its way to its commit.
#[derive(Clone)]
pub(super) struct Placing {
    claim: Claim,
    customer_id: UserId,
    order: NewOrder,
    trace: RequestTrace,
}

pub(super) type Placed = Result<Answer, OrderError>;

pub(super) async fn create(
    State(Orders { placing, .. }): State<Orders>,
    caller: Caller,
    key: IdempotencyKey,
    trace: RequestTrace,
    Body(order): Body<NewOrder>,
) -> Result<Once<OrderView>, OrderError> {
    order.validate().map_err(OrderError::Invalid)?;
    let claim = Claim::new(caller.user_id, ROUTE, key, &order);
    let placed = placing.submit(Placing { claim, customer_id: caller.user_id, order, trace }).await?;
    placed.map(Once::from)
}

/// Starts the lanes that commit what [`create`] submits.
pub(super) fn start(app: &App, settings: Live<Settings>) -> Group<Placing, Placed> {
    let (group, lanes) = group();
    for lane in lanes {
        let (store, settings) = (app.store.clone(), settings.clone());
        let lane = lane.committing_to(&store);
        app.edge.spawn_until_stop(async move {
            lane.run(|placings| place_or_split(&store, placings, settings.get().deadline())).await;
        });
    }
    group
}

/// Places a batch or, where that fails, each order by itself.
async fn place_or_split(store: &Store, placings: Vec<Placing>, limit: TimeDelta) -> Vec<Placed> {
    match place(store, &placings, limit).await {
        Ok(answers) => answers,
        Err(error) if placings.len() == 1 => vec![Err(error.into())],
        Err(_) => {
            let mut answers = Vec::with_capacity(placings.len());
            for placing in &placings {
                match place(store, std::slice::from_ref(placing), limit).await {
                    Ok(alone) => answers.extend(alone),
                    Err(error) => answers.push(Err(error.into())),
                }
            }
            answers
        }
    }
}

/// One transaction for all of `placings`.
async fn place(store: &Store, placings: &[Placing], limit: TimeDelta) -> Result<Vec<Placed>, DbErr> {
    let mut work = store.begin().await?;
    let claimed = claim_in(work.tx(), &placings.iter().map(|placing| &placing.claim).collect::<Vec<_>>()).await?;
    let mut wanted = Vec::new();
    for placing in placings {
        wanted.extend(placing.order.lines.iter().map(|line| line.product_id));
    }
    let offers = catalogue::find_in(work.tx(), wanted).await?;

    let mut new_orders = Vec::new();
    let mut answers: Vec<Placed> = Vec::with_capacity(placings.len());
    for (placing, claimed) in placings.iter().zip(claimed) {
        answers.push(match claimed {
            Claimed::New => match price(&placing.order.lines, &offers) {
                Ok((lines, total)) => {
                    let placed = PlacedOrder {
                        id: work.new_id(),
                        customer_id: placing.customer_id,
                        lines,
                        total,
                        payment_method: placing.order.payment_method.clone(),
                        shipping_address: placing.order.shipping_address.clone(),
                        created_at: work.now(),
                        expires_at: work.now() + limit,
                    };
                    announce(&mut work, placing, &placed);
                    new_orders.push(placed.clone());
                    Ok(answer(placed))
                }
                Err(error) => Err(error.into()),
            },
            Claimed::Done(answer) => Ok(answer),
            refused => Err(OrderError::Key(refused)),
        });
    }
    orders::insert_in(work.tx(), &new_orders).await?;
    let to_remember = placings.iter().zip(&answers).filter_map(|(placing, answer)| match answer {
        Ok(answer) if !answer.is_replayed() => Some((&placing.claim, answer)),
        _ => None,
    });
    remember_in(work.tx(), &to_remember.collect::<Vec<_>>()).await?;
    work.commit().await?;
    Ok(answers)
}

fn announce(work: &mut UnitOfWork, placing: &Placing, order: &PlacedOrder) {
    work.emit(
        placing.trace,
        &OrderCreated {
            order_id: order.id,
            customer_id: order.customer_id,
            lines: order.lines.clone(),
            total: order.total,
            payment_method: order.payment_method.clone(),
            expires_at: order.expires_at,
        },
    );
}

fn answer(order: PlacedOrder) -> Answer {
    let location = format!("/api/v1/orders/{}", order.id);
    Answer::new(StatusCode::CREATED, Some(location), &OrderView::from(order))
}
