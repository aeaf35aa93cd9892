/* SPDX-License-Identifier: MIT */
/* Who is at the other end of a unix socket: only this user, and nobody who is confined more than we are. */
#ifndef CLI_PEER_H
#define CLI_PEER_H

/*
 * NULL, or what is wrong with the peer, for a message. A program in a container has the same user id, and could otherwise ask for
 * a sibling with other rights than its own; or stand in for the server.
 */
const char *peer_refusal(int socket);

/* What peer_refusal returns for a process that has ended: who it has started may still hold its socket for a moment. */
extern const char peer_gone[];

#endif
