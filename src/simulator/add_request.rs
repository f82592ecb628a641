//! Validation of add requests: the listed objects, whole and unchanged.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::{
    answer::ApiError,
    data::fleet::{LoadBalancer, Machine, Vm},
    tenant::Tenant,
};

/// The guide calls every field required and shows no other one, so another is an error here: a misreading
/// must show.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddRequest {
    vm_list: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    lb_ip: Option<String>,
    vm: Option<Vec<VmItem>>,
    fixed_ip: Option<String>,
    lb_id: Option<String>,
    lb_name: Option<String>,
    vm_id: Option<String>,
    vm_os: Option<String>,
    vm_ip: Option<String>,
    vm_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VmItem {
    vm_id: Option<String>,
    fixed_ip: Option<String>,
    vm_os: Option<String>,
    vm_ip: Option<String>,
    vm_name: Option<String>,
}

impl AddRequest {
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_slice(body).map_err(|_| ApiError::MALFORMED)?;
        if request.vm_list.is_empty() {
            return Err(ApiError::FIELD_MISSING);
        }
        Ok(request)
    }

    /// Indexes of the requested servers, or the first reason for a refusal.
    pub fn find(self, tenant: &Tenant) -> Result<Vec<usize>, ApiError> {
        let places = tenant.places();
        let mut found = Vec::with_capacity(self.vm_list.len());
        for item in self.vm_list {
            let id = item.id()?;
            let Some(place) = places.get(id).copied() else {
                return Err(why_not_known(tenant, id));
            };
            item.compare(&tenant.servers[place].machine)?;
            found.push(place);
        }
        let once: HashSet<usize> = found.iter().copied().collect();
        if once.len() < found.len() {
            return Err(ApiError::MALFORMED);
        }
        Ok(found)
    }
}

fn why_not_known(tenant: &Tenant, id: &str) -> ApiError {
    if tenant.is_behind_a_load_balancer(id) {
        ApiError::Refused("로드 밸런서에 연결된 VM은 로드 밸런서로만 신청할 수 있습니다.")
    } else {
        ApiError::NOT_FOUND
    }
}

impl Item {
    fn id(&self) -> Result<&str, ApiError> {
        match (&self.lb_id, &self.vm_id) {
            (Some(_), Some(_)) => Err(ApiError::MALFORMED),
            (Some(id), None) | (None, Some(id)) => Ok(id),
            (None, None) => Err(ApiError::FIELD_MISSING),
        }
    }

    fn compare(self, machine: &Machine) -> Result<(), ApiError> {
        match machine {
            Machine::LoadBalancer(listed) => self.compare_load_balancer(listed),
            Machine::Vm(listed) => self.compare_vm(listed),
        }
    }

    fn compare_load_balancer(self, listed: &LoadBalancer) -> Result<(), ApiError> {
        if self.vm_os.is_some() || self.vm_ip.is_some() || self.vm_name.is_some() {
            return Err(ApiError::MALFORMED);
        }
        same(self.lb_id.as_deref(), &listed.id)?;
        same(self.lb_ip.as_deref(), &listed.floating_ip)?;
        same(self.fixed_ip.as_deref(), &listed.fixed_ip)?;
        same(self.lb_name.as_deref(), &listed.name)?;
        let sent = self.vm.ok_or(ApiError::FIELD_MISSING)?;
        let by_id: BTreeMap<&str, &Vm> = listed.vms.iter().map(|vm| (vm.id.as_str(), vm)).collect();
        let mut seen = HashSet::new();
        for vm in &sent {
            let id = vm.vm_id.as_deref().ok_or(ApiError::FIELD_MISSING)?;
            vm.compare(by_id.get(id).ok_or(ApiError::NOT_FOUND)?)?;
            seen.insert(id);
        }
        if seen.len() == listed.vms.len() && sent.len() == listed.vms.len() {
            Ok(())
        } else {
            Err(ApiError::FIELD_DIFFERS)
        }
    }

    fn compare_vm(self, listed: &Vm) -> Result<(), ApiError> {
        if self.lb_ip.is_some() || self.lb_name.is_some() || self.vm.is_some() {
            return Err(ApiError::MALFORMED);
        }
        let sent = VmItem {
            vm_id: self.vm_id,
            fixed_ip: self.fixed_ip,
            vm_os: self.vm_os,
            vm_ip: self.vm_ip,
            vm_name: self.vm_name,
        };
        sent.compare(listed)
    }
}

impl VmItem {
    fn compare(&self, listed: &Vm) -> Result<(), ApiError> {
        same(self.vm_id.as_deref(), &listed.id)?;
        same(self.fixed_ip.as_deref(), &listed.fixed_ip)?;
        same(self.vm_os.as_deref(), listed.os)?;
        same(self.vm_ip.as_deref(), &listed.floating_ip)?;
        same(self.vm_name.as_deref(), &listed.name)
    }
}

fn same(sent: Option<&str>, listed: &str) -> Result<(), ApiError> {
    match sent {
        None => Err(ApiError::FIELD_MISSING),
        Some(sent) if sent == listed => Ok(()),
        Some(_) => Err(ApiError::FIELD_DIFFERS),
    }
}
