/* SPDX-License-Identifier: MIT */
/* The smallest program: what a start of it costs is the start. */
int main(void)
{
        return 0;
}
