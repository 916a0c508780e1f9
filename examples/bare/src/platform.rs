//! What a language without a run-time library needs from below, for Linux on x86-64: entry, exit, and the four
//! functions by which compilers copy and compare memory. All that is unsafe in this program is here. On a device its
//! board support stands in its place; what it calls is [`device::run`].

use core::arch::{asm, global_asm};

use crate::device;
use dnsproof::time::Time;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
compile_error!("write another platform.rs: entry, exit, memcpy and its like");

// The kernel starts a program here, with the number of its arguments where the stack pointer points, and pointers to
// them behind it. `exit` is system call 60.
#[cfg(not(feature = "gauge"))]
global_asm!(
    ".globl _start",
    "_start:",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {start}",
    "movzx edi, al",
    "mov eax, 60",
    "syscall",
    start = sym start,
);

// The same, but 128 KiB of the stack are painted first, and afterwards the lowest octet that has lost its paint says how
// deep the call went. That and how much scratch memory is in it are written to the standard output (`write` is system
// call 1).
#[cfg(feature = "gauge")]
global_asm!(
    ".globl _start",
    "_start:",
    "mov rdi, rsp",
    "and rsp, -16",
    "mov rcx, rsp",
    "2:",
    "sub rcx, 8",
    "movabs rax, 0xA55AA55AA55AA55A",
    "mov [rcx], rax",
    "lea rax, [rsp - 0x20000]",
    "cmp rcx, rax",
    "ja 2b",
    "mov r12, rcx",
    "call {start}",
    "movzx ebx, al",
    "movabs rax, 0xA55AA55AA55AA55A",
    "3:",
    "cmp [r12], rax",
    "jne 4f",
    "add r12, 8",
    "jmp 3b",
    "4:",
    "mov rax, rsp",
    "sub rax, r12",
    "push {scratch}",
    "push rax",
    "mov eax, 1",
    "mov edi, 1",
    "mov rsi, rsp",
    "mov edx, 16",
    "syscall",
    "mov edi, ebx",
    "mov eax, 60",
    "syscall",
    start = sym start,
    scratch = const device::SCRATCH,
);

/// `bare PROOF [SECONDS]`: which proof, and what time it turns out to be afterwards.
extern "C" fn start(stack: *const usize) -> u8 {
    let argument = |index: usize| {
        // SAFETY: the kernel has put the count there, and behind it as many pointers to texts that end with a zero and
        // stay where they are.
        unsafe {
            if index >= *stack {
                return None;
            }
            let text = stack.cast::<*const u8>().add(1 + index).read();
            let count = (0..).find(|at| text.add(*at).read_volatile() == 0)?;
            Some(core::slice::from_raw_parts(text, count))
        }
    };
    let seconds = |digits: &[u8]| digits.iter().fold(0_u64, |sum, digit| sum * 10 + u64::from(digit & 0b1111));
    device::run(argument(1).unwrap_or(b"good"), argument(2).map(|digits| Time(seconds(digits))))
}

// SAFETY of the four: they are called by compiled code, which sees to it that the memory is there. They are written
// with instructions that a compiler cannot take for a call of themselves.

/// As C has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    unsafe { asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _) };
    to
}

/// As C has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if to.addr().wrapping_sub(from.addr()) >= count {
        return unsafe { memcpy(to, from, count) };
    }
    let (to_last, from_last) = (to.wrapping_add(count).wrapping_sub(1), from.wrapping_add(count).wrapping_sub(1));
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") count => _, inout("rdi") to_last => _, inout("rsi") from_last => _);
    }
    to
}

/// As C has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, count: usize) -> *mut u8 {
    unsafe { asm!("rep stosb", inout("rcx") count => _, inout("rdi") to => _, in("al") value as u8) };
    to
}

/// As C has it.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(ours: *const u8, theirs: *const u8, count: usize) -> i32 {
    for at in 0..count {
        let (our, their) = unsafe { (ours.add(at).read_volatile(), theirs.add(at).read_volatile()) };
        if our != their {
            return i32::from(our) - i32::from(their);
        }
    }
    0
}

/// As C has it: whether two pieces of memory differ.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(ours: *const u8, theirs: *const u8, count: usize) -> i32 {
    unsafe { memcmp(ours, theirs, count) }
}

/// A panic ends the program as a wrong instruction does. None is known that could be reached.
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it does not come back.
    unsafe { asm!("ud2", options(noreturn)) }
}
