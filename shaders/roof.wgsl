// As many multiply-adds as the adapter can make: eight independent vectors of four per invocation. The factors come from
// a buffer, so that nothing is folded; the sum of all is written, so that nothing is left out.

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn roof(@builtin(global_invocation_id) id: vec3<u32>) {
    let a = vec4<f32>(factors[0]);
    let b = vec4<f32>(factors[1]);
    var v: array<vec4<f32>, 8>;
    for (var n = 0u; n < 8u; n++) {
        v[n] = vec4<f32>(f32(id.x & 1023u) + f32(n));
    }
    var v0 = v[0]; var v1 = v[1]; var v2 = v[2]; var v3 = v[3];
    var v4 = v[4]; var v5 = v[5]; var v6 = v[6]; var v7 = v[7];
    for (var turn = 0u; turn < u32(factors[2]); turn++) {
        v0 = fma(v0, a, b); v1 = fma(v1, a, b); v2 = fma(v2, a, b); v3 = fma(v3, a, b);
        v4 = fma(v4, a, b); v5 = fma(v5, a, b); v6 = fma(v6, a, b); v7 = fma(v7, a, b);
    }
    let sum = v0 + v1 + v2 + v3 + v4 + v5 + v6 + v7;
    sums[id.x] = sum.x + sum.y + sum.z + sum.w;
}
