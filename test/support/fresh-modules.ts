import { vi } from "vitest";

// The files of this project share a process, and with it what the libraries loaded. Our own modules begin anew for each
// file: what one file's tests said to them (words for Ctrl-C, secrets to hide, what is declared) is not there for the next.
vi.resetModules();
