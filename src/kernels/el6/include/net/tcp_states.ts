// SPDX-License-Identifier: GPL-2.0-only
/** include/net/tcp_states.h: the states of a TCP socket; the other protocols borrow two of them. */
export { TCP_ESTABLISHED } from "./sock.ts";
export { TCP_CLOSE } from "./struct_sock.ts";

export const TCP_SYN_SENT = 2;
export const TCP_SYN_RECV = 3;
export const TCP_FIN_WAIT1 = 4;
export const TCP_CLOSE_WAIT = 8;
export const TCP_LAST_ACK = 9;
export const TCP_LISTEN = 10;
export const TCP_CLOSING = 11;
