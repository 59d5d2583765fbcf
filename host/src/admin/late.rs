//! How long the body of a request may take: who sends a byte a second must not keep a connection for hours.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, Sleep, sleep_until};

use super::console::Console;
use super::headers::{self, Whose};
use super::problem::Problem;
use crate::support::error_code::ErrorCode;

/// Ends a body that is late, whoever reads it, and answers 408. What nobody has read is not read to its end
/// either.
pub(super) async fn bodies(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let console = request.app_data::<web::Data<Console>>();
    let limit = console.map(|console| console.host.config().server.body_timeout).unwrap_or_default();
    let payload = request.parts_mut().1;
    if matches!(payload, Payload::None) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    // Counted from here, and not from the piece before: slow is slow however it is cut.
    let body = Body {
        payload: std::mem::replace(payload, Payload::None),
        end: Instant::now() + limit,
        timer: None,
        state: State::Open,
    };
    let body = Rc::new(RefCell::new(body));
    *payload = Payload::Stream { payload: Box::pin(Reader(Rc::clone(&body))) };
    let mut response = next.call(request).await?.map_into_boxed_body();
    let state = body.borrow().state;
    if state == State::Ended {
        return Ok(response);
    }
    if state == State::Late {
        let (request, _) = response.into_parts();
        response = ServiceResponse::new(request, refusal(limit));
    }
    // A body that is still there when its answer has been sent closes the connection; one that has been let
    // go of is read to its end, however long that takes.
    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    Ok(response.map_body(|_, answer| BoxBody::new(KeptBody { answer, _body: body })))
}

/// A request's body, shared by whoever reads it and by us.
struct Body {
    payload: Payload,
    end: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    Late,
}

impl Body {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if self.state != State::Open {
            return Poll::Ready(None);
        }
        if let Poll::Ready(piece) = self.payload.poll_next_unpin(context) {
            if !matches!(piece, Some(Ok(_))) {
                self.state = State::Ended;
            }
            return Poll::Ready(piece);
        }
        let end = self.end;
        ready!(self.timer.get_or_insert_with(|| Box::pin(sleep_until(end))).as_mut().poll(context));
        self.state = State::Late;
        Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))))
    }
}

/// What a handler reads.
struct Reader(Rc<RefCell<Body>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().poll(context)
    }
}

/// An answer, and the body of its request for as long as that is sent.
struct KeptBody {
    answer: BoxBody,
    _body: Rc<RefCell<Body>>,
}

impl MessageBody for KeptBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(context)
    }
}

fn refusal(limit: Duration) -> HttpResponse {
    let detail = format!("the body did not come within {} s", limit.as_secs_f32());
    let mut response = Problem::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::BodyLate, detail).response();
    headers::apply(response.headers_mut(), Whose::Ours(None));
    response
}
