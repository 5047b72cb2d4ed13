//! `POST /mails/{id}/resend`: the staff have a mail sent once more, whatever became of it.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ids::Notification;
use livemart_messaging::UnitOfWork;
use livemart_web::{Admin, PathId, RequestTrace, Status};

use super::Desk;
use super::mails::MailView;
use crate::error::Error;
use crate::mail::{MailRequest, SendMail};
use crate::store::mails::{self, Mail, WAITING};

pub async fn handle(
    State(desk): State<Desk>,
    _: Admin,
    trace: RequestTrace,
    PathId(id): PathId<Notification>,
) -> Result<Status<202, Json<MailView>>, Error> {
    let mut work = desk.store.begin().await?;
    let can_send = desk.config.smtp_url.is_some();
    let outcome = resend(&mut work, trace, MailRequest { notification_id: id }, can_send).await;
    let mail = work.conclude(outcome).await?;
    Ok(Status(Json(mail.into())))
}

async fn resend(
    work: &mut UnitOfWork,
    trace: RequestTrace,
    request: MailRequest,
    can_send: bool,
) -> Result<Mail, Error> {
    let id = request.notification_id;
    let mail = mails::lock_in(work.tx(), id).await?.ok_or(Error::NoSuch("mail"))?;
    if mail.status == WAITING {
        return Err(Error::Waiting);
    }
    if !can_send {
        return Err(Error::NoMailServer);
    }
    let mail = mails::resend_in(work.tx(), id, work.now()).await?;
    work.ask::<SendMail>(trace, format!("{id}:{}", mail.resends), &request);
    Ok(mail)
}
