// Runs machine code for aarch64 that a test on another processor has written, and gives back what it left in memory.
//
// Reads requests from standard input until its end: a head, then the bytes that it tells the lengths of. A request without code
// means that of the one before. Every block of memory ends where no memory is, so that whatever is read or written behind it ends
// the program. What the caller of a function expects back must be as it was.
//
// Answers begin with a word that says what they are: RETURNED, or OUTSIDE, where the code calls a function of the test's,
// which is asked to compute it.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CODE, LANES, COMMON, ROWS, DATA, BLOCKS };
enum { RETURNED = 1, OUTSIDE = 2 };
enum { VECTOR = 16, ARGUMENTS = 2 };

struct request {
    uint64_t lengths[BLOCKS];
    uint64_t entry;
    uint64_t steps;
};

// What is kept across calls: x19 to x28, x29, the stack pointer, the lower halves of v8 to v15.
enum { KEPT = 10 + 2 + 8 };

static void fail(const char *what) {
    fprintf(stderr, "runner: %s\n", what);
    exit(1);
}

static int take(void *to, size_t length) {
    for (size_t got = 0; got < length;) {
        ssize_t count = read(0, (char *)to + got, length - got);
        if (count < 0) fail("reading");
        if (count == 0) {
            if (got > 0) fail("a request ends too soon");
            return 0;
        }
        got += (size_t)count;
    }
    return 1;
}

static void give(const void *from, size_t length) {
    for (size_t sent = 0; sent < length;) {
        ssize_t count = write(1, (const char *)from + sent, length - sent);
        if (count <= 0) fail("writing");
        sent += (size_t)count;
    }
}

// Called by `outside`: two vectors of arguments, and behind them that of the result.
void ask(unsigned char *vectors, uint64_t lanes, uint32_t function) {
    uint64_t head[] = {OUTSIDE, lanes, function};
    give(head, sizeof head);
    give(vectors, ARGUMENTS * VECTOR);
    if (!take(vectors + ARGUMENTS * VECTOR, VECTOR)) fail("no result");
}

// In entry.S: a function outside, which leaves nothing as it was of what it may change; and what calls the code's function of five
// arguments, where `kept` receives what must be kept, before and after.
void outside(void);
uint64_t call(const void *const arguments[5], const void *function, uint64_t kept[2 * KEPT]);

static size_t page;

static size_t pages(size_t length) {
    return (length + page - 1) / page * page;
}

// A block of memory that ends at a page that nobody may touch.
static unsigned char *block(size_t length) {
    size_t size = pages(length);
    unsigned char *begin = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED || mprotect(begin + size, page, PROT_NONE)) fail("no memory");
    unsigned char *at = begin + size - length;
    if (length && !take(at, length)) fail("a request without its blocks");
    return at;
}

static void release(unsigned char *at, size_t length) {
    size_t size = pages(length);
    munmap(at + length - size, size + page);
}

static void protect(unsigned char *at, size_t length, int how) {
    size_t size = pages(length);
    if (size && mprotect(at + length - size, size, how)) fail("memory cannot be protected");
}

// The code at hand.
static unsigned char *code;
static size_t code_length;

static void take_code(size_t length) {
    if (code) release(code, code_length);
    code = block(length);
    code_length = length;
    __builtin___clear_cache((char *)code, (char *)code + length);
    protect(code, length, PROT_READ | PROT_EXEC);
}

static void serve(const struct request *request) {
    unsigned char *blocks[BLOCKS];
    uint64_t kept[2 * KEPT];
    if (request->lengths[CODE]) take_code(request->lengths[CODE]);
    if (request->entry >= code_length) fail("no such function");
    for (int at = LANES; at < BLOCKS; at++) blocks[at] = block(request->lengths[at]);
    protect(blocks[ROWS], request->lengths[ROWS], PROT_READ);
    protect(blocks[DATA], request->lengths[DATA], PROT_READ);
    const void *arguments[] = {blocks[LANES], (void *)request->steps, blocks[COMMON], blocks[ROWS], blocks[DATA]};
    uint64_t left = call(arguments, code + request->entry, kept);
    if (memcmp(kept, kept + KEPT, sizeof kept / 2)) fail("a register that belongs to the caller was changed");
    uint64_t head[] = {RETURNED, left};
    give(head, sizeof head);
    give(blocks[LANES], request->lengths[LANES]);
    give(blocks[COMMON], request->lengths[COMMON]);
    for (int at = LANES; at < BLOCKS; at++) release(blocks[at], request->lengths[at]);
}

int main(void) {
    struct request request;
    uint64_t address = (uint64_t)outside;
    page = (size_t)sysconf(_SC_PAGESIZE);
    give(&address, sizeof address);
    while (take(&request, sizeof request)) serve(&request);
    return 0;
}
