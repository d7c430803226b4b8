// What the runner cannot say in C: how functions are called and what they must keep.
//
// Registers hold numbers of their own when a function is called, so that one in place of another is noticed, too.

        // Writes down at x10 what a function must keep: x19 to x29, the stack pointer, the lower halves of v8 to v15.
        .macro note offset
        mov     x9, sp
        stp     x19, x20, [x10, \offset]
        stp     x21, x22, [x10, \offset + 16]
        stp     x23, x24, [x10, \offset + 32]
        stp     x25, x26, [x10, \offset + 48]
        stp     x27, x28, [x10, \offset + 64]
        stp     x29, x9, [x10, \offset + 80]
        stp     d8, d9, [x10, \offset + 96]
        stp     d10, d11, [x10, \offset + 112]
        stp     d12, d13, [x10, \offset + 128]
        stp     d14, d15, [x10, \offset + 144]
        .endm

        .text

// uint64_t call(const void *const arguments[5], const void *function, uint64_t kept[2 * KEPT])
        .globl  call
call:
        stp     x29, x30, [sp, #-160]!
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x19, x2
        mov     x16, x1
        .irp    number, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
        mov     x\number, #1000 + \number
        .endr
        .irp    number, 8, 9, 10, 11, 12, 13, 14, 15
        mov     x9, #2000 + \number
        fmov    d\number, x9
        .endr
        ldp     x1, x2, [x0, #8]
        ldp     x3, x4, [x0, #24]
        ldr     x0, [x0]
        mov     x10, x19
        note    0
        str     x19, [sp, #-16]!
        blr     x16
        ldr     x10, [sp], #16
        note    160
        ldp     d14, d15, [sp, #144]
        ldp     d12, d13, [sp, #128]
        ldp     d10, d11, [sp, #112]
        ldp     d8, d9, [sp, #96]
        ldp     x27, x28, [sp, #80]
        ldp     x25, x26, [sp, #64]
        ldp     x23, x24, [sp, #48]
        ldp     x21, x22, [sp, #32]
        ldp     x19, x20, [sp, #16]
        ldp     x29, x30, [sp], #160
        ret

// void outside(unsigned char *vectors, uint64_t lanes, uint32_t function): leaves nothing as it was that it need not keep.
        .globl  outside
outside:
        stp     x29, x30, [sp, #-16]!
        bl      ask
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        mvni    v\number\().4s, #0x35
        .endr
        mov     x9, #-99
        .irp    number, 8, 9, 10, 11, 12, 13, 14, 15
        mov     v\number\().d[1], x9
        .endr
        .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
        mov     x\number, #-77
        .endr
        ldp     x29, x30, [sp], #16
        ret

        .section .note.GNU-stack, "", %progbits
