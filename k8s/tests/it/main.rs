//! What `kubectl apply -k` would send is rendered and read: against the schemas of Kubernetes, and for what no schema says, such
//! as whether the secret that a pod names is there, and whether a service knows the variable that it is given.

mod compose;
mod dockerfile;
mod network;
mod pods;
mod references;
mod rendered;
mod schemas;
mod services;
mod waiting;
