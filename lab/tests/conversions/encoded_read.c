// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a file of btrfs as it is on the disk, an extent at a time, and prints what
 * each is like and a sum of its bytes, or the error.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

static unsigned char data[128 * 1024];

static unsigned int sum(const unsigned char *byte, long n)
{
	unsigned int hash = 2166136261u;

	while (n-- > 0)
		hash = (hash ^ *byte++) * 16777619u;
	return hash;
}

/* Returns how much of the file it was, 0 at its end, or -1. */
static long long read_extent(int fd, long long offset)
{
	struct iovec iov = { data, sizeof(data) };
	struct btrfs_ioctl_encoded_io_args args = {
		.iov = &iov, .iovcnt = 1, .offset = offset,
	};
	long n = ioctl(fd, BTRFS_IOC_ENCODED_READ, &args);

	if (n < 0) {
		printf("%lld: %s\n", offset, strerror(errno));
		return -1;
	}
	if (args.len)
		printf("%lld: %ld bytes are %llu, compression %u, sum %08x\n",
		       offset, n, (unsigned long long)args.len,
		       args.compression, sum(data, n));
	return args.len;
}

int main(int argc, char **argv)
{
	long long offset = 0, n;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: encoded_read FILE\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 2;
	}
	while ((n = read_extent(fd, offset)) > 0)
		offset += n;
	return n < 0;
}
