/*
 * Lets BlueZ's emulator btvirt run where it otherwise cannot. Loaded with LD_PRELOAD.
 *
 *   gcc -O2 -shared -fPIC -o btvirt-shim.so btvirt-shim.c -ldl
 *   BTVIRT_SOCKETS=/some/folder LD_PRELOAD=./btvirt-shim.so btvirt -s
 *
 * 1. btvirt has the kernel encrypt for it, through AF_ALG sockets of the kinds "skcipher"/"ecb(aes)" and
 *    "hash"/"cmac(aes)". A container's kernel often has no AF_ALG, and then btvirt hangs up on each LE host that connects.
 *    Here such a socket is a pipe: what is sent to it is encrypted in this process, and the result waits in the pipe
 *    to be read.
 * 2. btvirt makes its sockets at fixed paths, /tmp/bt-server-*, so that only one can run. BTVIRT_SOCKETS names another
 *    folder.
 * 3. btvirt writes to a host without waiting, and drops the packet when the socket's buffer is full. The buffers of the
 *    sockets that it accepts are made large here: a lost packet would be a fault of no one's Bluetooth.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SOL_ALG
#define SOL_ALG 279
#endif

#define BLOCK 16
#define ROUNDS 10
#define SERVER_PATH "/tmp/bt-server-"
#define SEND_BUFFER (16 * 1024 * 1024)

/* The function of the C library that one of the same name here stands before. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* ---- AES-128 (FIPS 197), one block ---- */

static uint8_t sbox[256];

static uint8_t times_x(uint8_t a)
{
	return (uint8_t)((a << 1) ^ ((a & 0x80) ? 0x1b : 0));
}

/* Walks the field by its generator 3, and with it the inverses by 1/3 (FIPS 197, 5.1.1). */
static void make_sbox(void)
{
	uint8_t p = 1, q = 1;

	do {
		p ^= times_x(p);
		q ^= q << 1;
		q ^= q << 2;
		q ^= q << 4;
		if (q & 0x80)
			q ^= 0x09;
		uint8_t s = 0x63;
		for (int turn = 0; turn < 5; turn++)
			s ^= (uint8_t)((q << turn) | (q >> (8 - turn)));
		sbox[p] = s;
	} while (p != 1);
	sbox[0] = 0x63;
}

struct aes {
	uint8_t key[ROUNDS + 1][BLOCK];
};

static void aes_expand(struct aes *aes, const uint8_t *key)
{
	uint8_t *words = &aes->key[0][0], constant = 1;

	memcpy(words, key, BLOCK);
	for (int i = BLOCK; i < (ROUNDS + 1) * BLOCK; i += 4) {
		uint8_t w[4];

		memcpy(w, words + i - 4, 4);
		if (i % BLOCK == 0) {
			uint8_t first = w[0];

			w[0] = sbox[w[1]] ^ constant;
			w[1] = sbox[w[2]];
			w[2] = sbox[w[3]];
			w[3] = sbox[first];
			constant = times_x(constant);
		}
		for (int j = 0; j < 4; j++)
			words[i + j] = words[i + j - BLOCK] ^ w[j];
	}
}

static void aes_encrypt(const struct aes *aes, const uint8_t *in, uint8_t *out)
{
	uint8_t state[BLOCK], next[BLOCK];

	for (int i = 0; i < BLOCK; i++)
		state[i] = in[i] ^ aes->key[0][i];
	for (int round = 1; round <= ROUNDS; round++) {
		/* SubBytes and ShiftRows: row r of column c comes from column c + r. */
		for (int i = 0; i < BLOCK; i++)
			next[i] = sbox[state[(i + 4 * (i % 4)) % BLOCK]];
		for (int c = 0; c < BLOCK && round < ROUNDS; c += 4) {
			uint8_t *col = next + c, first = col[0], all = col[0] ^ col[1] ^ col[2] ^ col[3];

			for (int r = 0; r < 4; r++)
				col[r] ^= all ^ times_x(col[r] ^ (r < 3 ? col[r + 1] : first));
		}
		for (int i = 0; i < BLOCK; i++)
			state[i] = next[i] ^ aes->key[round][i];
	}
	memcpy(out, state, BLOCK);
}

/* ---- CMAC (RFC 4493) ---- */

static void cmac_double(uint8_t *block)
{
	uint8_t carry = block[0] & 0x80;

	for (int i = 0; i < BLOCK - 1; i++)
		block[i] = (uint8_t)((block[i] << 1) | (block[i + 1] >> 7));
	block[BLOCK - 1] = (uint8_t)((block[BLOCK - 1] << 1) ^ (carry ? 0x87 : 0));
}

static void cmac(const struct aes *aes, const uint8_t *message, size_t length, uint8_t *mac)
{
	uint8_t subkey[BLOCK] = {0}, last[BLOCK] = {0}, x[BLOCK] = {0};

	aes_encrypt(aes, subkey, subkey);
	cmac_double(subkey);
	for (; length > BLOCK; message += BLOCK, length -= BLOCK) {
		for (int i = 0; i < BLOCK; i++)
			x[i] ^= message[i];
		aes_encrypt(aes, x, x);
	}
	memcpy(last, message, length);
	if (length < BLOCK) {
		last[length] = 0x80;
		cmac_double(subkey);
	}
	for (int i = 0; i < BLOCK; i++)
		x[i] ^= last[i] ^ subkey[i];
	aes_encrypt(aes, x, mac);
}

/* ---- the sockets that stand for AF_ALG ---- */

#define MAX_FD 1024

static struct alg {
	int present;
	int results; /* the pipe's end to write to */
	int is_hash;
	struct aes aes;
} algs[MAX_FD];

static struct alg *alg_of(int fd)
{
	return fd >= 0 && fd < MAX_FD && algs[fd].present ? &algs[fd] : NULL;
}

static int alg_open(const struct alg *parent)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (ends[0] >= MAX_FD) {
		NEXT(close)(ends[0]);
		NEXT(close)(ends[1]);
		errno = EMFILE;
		return -1;
	}
	struct alg *alg = &algs[ends[0]];

	memset(alg, 0, sizeof(*alg));
	if (parent)
		*alg = *parent;
	alg->present = 1;
	alg->results = ends[1];
	return ends[0];
}

static ssize_t alg_run(const struct alg *alg, const uint8_t *data, size_t length)
{
	uint8_t result[BLOCK];

	if (alg->is_hash) {
		cmac(&alg->aes, data, length, result);
		return write(alg->results, result, BLOCK) < 0 ? -1 : (ssize_t)length;
	}
	if (length % BLOCK) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < length; i += BLOCK) {
		aes_encrypt(&alg->aes, data + i, result);
		if (write(alg->results, result, BLOCK) < 0)
			return -1;
	}
	return (ssize_t)length;
}

/* ---- the C library's functions ---- */

__attribute__((constructor)) static void start(void)
{
	make_sbox();
}

int socket(int domain, int type, int protocol)
{
	return domain == AF_ALG ? alg_open(NULL) : NEXT(socket)(domain, type, protocol);
}

/* Where a path of btvirt's goes: as it is, or into the folder of BTVIRT_SOCKETS. */
static const char *moved(const char *path, char *buffer, size_t size)
{
	const char *folder = getenv("BTVIRT_SOCKETS");

	if (!folder || strncmp(path, SERVER_PATH, strlen(SERVER_PATH)) != 0)
		return path;
	snprintf(buffer, size, "%s/%s", folder, path + strlen("/tmp/"));
	return buffer;
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct alg *alg = alg_of(fd);

	if (alg) {
		const struct sockaddr_alg *wanted = (const struct sockaddr_alg *)address;

		alg->is_hash = strcmp((const char *)wanted->salg_type, "hash") == 0;
		return 0;
	}
	if (address->sa_family == AF_UNIX) {
		const char *path = ((const struct sockaddr_un *)address)->sun_path;
		struct sockaddr_un there = {.sun_family = AF_UNIX};
		char buffer[sizeof(there.sun_path)];

		snprintf(there.sun_path, sizeof(there.sun_path), "%s", moved(path, buffer, sizeof(buffer)));
		return NEXT(bind)(fd, (const struct sockaddr *)&there, sizeof(there));
	}
	return NEXT(bind)(fd, address, length);
}

int unlink(const char *path)
{
	char buffer[sizeof(((struct sockaddr_un *)0)->sun_path)];

	return NEXT(unlink)(moved(path, buffer, sizeof(buffer)));
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
	struct alg *alg = alg_of(fd);

	if (!alg || level != SOL_ALG || name != ALG_SET_KEY)
		return NEXT(setsockopt)(fd, level, name, value, length);
	if (length != BLOCK) {
		errno = EINVAL;
		return -1;
	}
	aes_expand(&alg->aes, value);
	return 0;
}

static int widened(int fd)
{
	int size = SEND_BUFFER;

	if (fd >= 0 && NEXT(setsockopt)(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		NEXT(setsockopt)(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
	struct alg *alg = alg_of(fd);

	return alg ? alg_open(alg) : widened(NEXT(accept)(fd, address, length));
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	struct alg *alg = alg_of(fd);

	return alg ? alg_open(alg) : widened(NEXT(accept4)(fd, address, length, flags));
}

ssize_t send(int fd, const void *data, size_t length, int flags)
{
	struct alg *alg = alg_of(fd);

	return alg ? alg_run(alg, data, length) : NEXT(send)(fd, data, length, flags);
}

/* The control data of a cipher's message names the operation; btvirt only ever encrypts. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct alg *alg = alg_of(fd);

	return alg ? alg_run(alg, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len)
		   : NEXT(sendmsg)(fd, message, flags);
}

int close(int fd)
{
	struct alg *alg = alg_of(fd);

	if (alg) {
		alg->present = 0;
		NEXT(close)(alg->results);
	}
	return NEXT(close)(fd);
}
