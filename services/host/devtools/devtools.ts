// Devtools: the endpoints that are open, one for a service.
// Shard 0. Asked by the console's commands; closed with the host.
// Invariant: a service has one endpoint at most, and the host devtoolsMax.

import type { Address } from "isonet";
import { CodedError } from "../../../wire/coded-error.ts";
import { limits } from "../../../wire/limits.ts";
import {
  Endpoint,
  type EndpointOrder,
  type EndpointParts,
  type EndpointPlace,
} from "./endpoint.ts";

export type DevtoolsParts = Omit<EndpointParts, "onClosed"> & Pick<EndpointOrder, "at">;

export class Devtools {
  readonly #parts: DevtoolsParts;
  readonly #open = new Map<Address, Endpoint>();

  constructor(parts: DevtoolsParts) {
    this.#parts = parts;
  }

  /**
   * Opens the service's endpoint, anew when it is open with other terms. Fails with PORT_IN_USE,
   * CONFIG_INVALID, NOT_PERMITTED.
   */
  async open(order: Omit<EndpointOrder, "at">): Promise<EndpointPlace> {
    const { address } = order;
    await this.#open.get(address)?.close("opened anew");
    if (this.#open.size >= limits.devtoolsMax) {
      const text = `${limits.devtoolsMax} endpoints are open (devtoolsMax): close one first`;
      throw new CodedError("NOT_PERMITTED", text);
    }
    const { at, ...parts } = this.#parts;
    const endpoint = new Endpoint(
      { ...order, at },
      {
        ...parts,
        onClosed: () => {
          if (this.#open.get(address) === endpoint) this.#open.delete(address);
        },
      },
    );
    this.#open.set(address, endpoint);
    try {
      const place = await endpoint.open();
      this.#parts.log(address, `devtools: endpoint opened (${order.role})`);
      return place;
    } catch (error) {
      this.#open.delete(address);
      throw error;
    }
  }

  /** False when the service has none. */
  async close(address: Address, reason: string): Promise<boolean> {
    const endpoint = this.#open.get(address);
    await endpoint?.close(reason);
    return endpoint !== undefined;
  }

  list(): readonly EndpointPlace[] {
    return Array.from(this.#open.values(), ({ place }) => place);
  }

  async closeAll(reason: string): Promise<void> {
    await Promise.all(Array.from(this.#open.values(), (endpoint) => endpoint.close(reason)));
  }
}
