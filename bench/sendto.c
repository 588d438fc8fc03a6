// SPDX-License-Identifier: GPL-2.0-only
// sendto(2) calls a CPU second to a closed loopback port: ./sendto SECONDS
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0.3, start, end;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9999) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	long n = 0;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return 1;
	start = now();
	do {
		for (int i = 0; i < 200; i++, n++)
			if (sendto(fd, "aaaaa", 5, 0, (struct sockaddr *)&to, sizeof to) != 5)
				return 1;
		end = now();
	} while (end - start < seconds);
	printf("%.0f\n", n / ((double)clock() / CLOCKS_PER_SEC));
	return 0;
}
