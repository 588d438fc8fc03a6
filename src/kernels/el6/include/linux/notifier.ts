// SPDX-License-Identifier: GPL-2.0-only
/** include/linux/notifier.h: what the chain of network devices is told. */
export const NETDEV_UP = 0x0001;
export const NETDEV_DOWN = 0x0002;
export const NETDEV_REBOOT = 0x0003;
export const NETDEV_CHANGE = 0x0004;
export const NETDEV_REGISTER = 0x0005;
export const NETDEV_UNREGISTER = 0x0006;
export const NETDEV_CHANGEMTU = 0x0007;
export const NETDEV_CHANGEADDR = 0x0008;
export const NETDEV_GOING_DOWN = 0x0009;
export const NETDEV_CHANGENAME = 0x000a;
export const NETDEV_FEAT_CHANGE = 0x000b;
export const NETDEV_PRE_UP = 0x000d;
export const NETDEV_NOTIFY_PEERS = 0x0013;
export const NETDEV_UNREGISTER_BATCH = 0x0016;

/** What a notifier answers. */
export const NOTIFY_DONE = 0x0000;
export const NOTIFY_OK = 0x0001;
export const NOTIFY_STOP_MASK = 0x8000;
