// Compute: a service that computes when it is asked to.

import { commands } from "isonet";
import { primes } from "./primes.ts";

commands({ primes });
