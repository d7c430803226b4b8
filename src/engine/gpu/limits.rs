//! What is asked of an adapter: what every kernel needs, and more of three sizes where there is more.
//!
//! A device has only what was asked for, whatever its adapter can do, and wgpu refuses a kernel that takes more. So what is
//! not asked for is not used by accident either.

/// No more of an adapter's binding size is asked for than a tile can use.
const MAX_BINDING: u64 = 1 << 30;
/// No more workgroup memory is asked for than this (bytes).
const MAX_WORKGROUP_MEMORY: u32 = 48 << 10;

/// What to ask of an adapter that has `there`. All kernels keep to WebGPU's defaults, and to wgpu's for weaker devices, which
/// have 4 storage buffers instead of 8. Tiles and the plans of networks follow from the sizes.
///
/// # Errors
/// What an adapter lacks, with its figure and the one that is needed.
pub fn asked(there: &wgpu::Limits) -> Result<wgpu::Limits, String> {
    let least = wgpu::Limits::downlevel_defaults();
    let binding = there.max_storage_buffer_binding_size.min(MAX_BINDING);
    let limits = wgpu::Limits {
        max_storage_buffer_binding_size: binding,
        max_compute_workgroup_storage_size: there.max_compute_workgroup_storage_size.min(MAX_WORKGROUP_MEMORY),
        max_buffer_size: binding.max(least.max_buffer_size),
        ..least
    };
    let mut lacking = Ok(());
    limits.check_limits_with_fail_fn(there, true, |name, wanted, has| {
        lacking = Err(format!("its {name} is {has}, and {wanted} is needed"));
    });
    lacking.map(|()| limits)
}
