//! A team's servers according to the API's two lists.

use super::{ServerId, VendorTerm};

/// A row of a list: a load balancer with its VMs, or a standalone VM.
#[derive(Debug, Clone)]
pub enum Server {
    LoadBalancer(LoadBalancer),
    Vm(Vm),
}

/// A VM, with texts as the API returned them; missing fields are `None`.
#[derive(Debug, Clone, Default)]
pub struct Vm {
    pub id: Option<ServerId>,
    pub name: Option<String>,
    pub os: Option<String>,
    pub fixed_ip: Option<String>,
    pub floating_ip: Option<String>,
    pub status: Option<VendorTerm>,
}

/// A load balancer: the API adds and releases it only as a whole, with all of its VMs.
#[derive(Debug, Clone, Default)]
pub struct LoadBalancer {
    pub id: Option<ServerId>,
    pub name: Option<String>,
    pub fixed_ip: Option<String>,
    pub floating_ip: Option<String>,
    pub status: Option<VendorTerm>,
    pub vms: Vec<Vm>,
}

/// Both lists, read at one time.
#[derive(Debug, Clone, Default)]
pub struct ServerLists {
    pub not_monitored: Vec<Server>,
    /// Waiting to be monitored, or monitored.
    pub monitored: Vec<Server>,
}

impl Server {
    /// Without an id it can only be shown: the API adds and releases by id.
    #[must_use]
    pub fn id(&self) -> Option<&ServerId> {
        match self {
            Self::LoadBalancer(balancer) => balancer.id.as_ref(),
            Self::Vm(vm) => vm.id.as_ref(),
        }
    }

    /// Whether it and all its VMs have an id, which adding requires.
    #[must_use]
    pub fn can_be_added(&self) -> bool {
        self.id().is_some() && self.vms().iter().all(|vm| vm.id.is_some())
    }

    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::LoadBalancer(balancer) => balancer.name.as_deref(),
            Self::Vm(vm) => vm.name.as_deref(),
        }
    }

    #[must_use]
    pub fn status(&self) -> Option<&VendorTerm> {
        match self {
            Self::LoadBalancer(balancer) => balancer.status.as_ref(),
            Self::Vm(vm) => vm.status.as_ref(),
        }
    }

    /// Requested and not yet monitored.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.status().is_some_and(|word| word.is("word-waiting"))
    }

    /// The VM with that id: the server itself, or one behind it.
    #[must_use]
    pub fn vm(&self, id: &str) -> Option<&Vm> {
        let is_vm = |vm: &&Vm| vm.id.as_ref().is_some_and(|own| own.as_str() == id);
        self.vms().iter().find(is_vm)
    }

    /// The VMs that go with this: those behind a load balancer, or the VM itself.
    #[must_use]
    pub fn vms(&self) -> &[Vm] {
        match self {
            Self::LoadBalancer(balancer) => &balancer.vms,
            Self::Vm(vm) => std::slice::from_ref(vm),
        }
    }
}
