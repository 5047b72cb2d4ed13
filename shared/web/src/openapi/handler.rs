//! From the signature of a handler to its contract.

use axum::extract::State;

use super::operation::Operation;
use super::schemas::Schemas;

/// What a handler takes: an extractor that says what it reads of a request, and what it answers where it cannot.
pub trait Input {
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}

/// What a handler returns.
pub trait Output {
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}

/// A handler whose whole signature says what it is to a client.
pub trait Documented<Inputs> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}

impl<S> Input for State<S> {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

/// What can go wrong is said where the route is, for an endpoint has fewer reasons than its service.
impl<T: Output, E> Output for Result<T, E> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
    }
}

macro_rules! documented {
    ($($input:ident)*) => {
        impl<H, F, $($input),*> Documented<($($input,)*)> for H
        where
            H: FnOnce($($input),*) -> F,
            F: Future<Output: Output>,
            $($input: Input,)*
        {
            fn describe(operation: &mut Operation, schemas: &mut Schemas) {
                $($input::describe(operation, schemas);)*
                F::Output::describe(operation, schemas);
            }
        }
    };
}
documented!();
documented!(A);
documented!(A B);
documented!(A B C);
documented!(A B C D);
documented!(A B C D E);
documented!(A B C D E G);
documented!(A B C D E G I);
