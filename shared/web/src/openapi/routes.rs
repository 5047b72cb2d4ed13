//! Routes together with their contracts.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

use super::document::Document;
use super::handler::Documented;
use super::operation::Operation;
use super::schemas::Schemas;

/// A router, and the contract of everything on it.
pub struct Routes<S> {
    router: Router<S>,
    operations: Vec<(&'static str, &'static str, Operation)>,
    schemas: Schemas,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), operations: Vec::new(), schemas: Schemas::default() }
    }
}

macro_rules! methods {
    ($($name:ident = $filter:ident;)*) => {$(
        pub fn $name<H, T, I>(self, path: &'static str, handler: H, operation: Operation) -> Self
        where
            H: Handler<T, S> + Documented<I>,
            T: 'static,
        {
            self.on(MethodFilter::$filter, stringify!($name), path, handler, operation)
        }
    )*};
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub fn new() -> Self {
        Self::default()
    }

    methods! {
        get = GET;
        post = POST;
        put = PUT;
        patch = PATCH;
        delete = DELETE;
    }

    fn on<H, T, I>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
        mut operation: Operation,
    ) -> Self
    where
        H: Handler<T, S> + Documented<I>,
        T: 'static,
    {
        operation.at(path);
        H::describe(&mut operation, &mut self.schemas);
        assert!(operation.is_complete(), "{method} {path} does not say what it takes and answers");
        self.operations.push((path, method, operation));
        Self { router: self.router.route(path, on(filter, handler)), ..self }
    }

    /// The routes, and the contract of the service `name`, which has them.
    pub fn into_parts(self, name: &'static str) -> (Router<S>, Document) {
        (self.router, Document::new(name, self.operations, self.schemas.named()))
    }
}
