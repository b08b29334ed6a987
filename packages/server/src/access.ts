import { type Accounts, type Devices, NetworkAccess, SignIn, type SignInOptions } from "./accounts/index.ts";
import { createGate, type Gate, type Viewer } from "./http/index.ts";
import type { Preferences } from "./preferences/index.ts";
import type { ServerOptions } from "./server-options.ts";

export interface AccessOptions extends Omit<SignInOptions, "basePath" | "publicUrl"> {
  readonly accounts: Accounts;
  readonly devices: Devices;
  readonly preferences: Preferences;
  readonly settings: Pick<ServerOptions, "basePath" | "publicUrl" | "hostNames" | "trustProxy">;
}

/** Everything by which a caller is known: tokens, cookies of browsers, networks. */
export interface Access {
  readonly gate: Gate;
  readonly signIn: SignIn;
  /** Who somebody who was let in is by now; undefined if it would not be let in any more. */
  readonly current: (viewer: Viewer) => Viewer | undefined;
  /** Tells what became invalid: of which of the ids that viewers have. The returned function ends the telling. */
  onEnded(listener: (isEnded: (tokenId: string) => boolean) => void): () => void;
}

export function openAccess({ accounts, devices, preferences, settings, ...options }: AccessOptions): Access {
  const { tokens } = accounts;
  const { basePath = "", publicUrl, hostNames, trustProxy = [] } = settings;
  const signIn = new SignIn({ ...options, accounts, basePath, publicUrl });
  const network = new NetworkAccess({
    trustProxy,
    allowed: () => preferences.get("allowedNetworks"),
    rightsOf: (accountId) => accounts.rightsOf(accountId),
  });
  const gate = createGate({
    authenticate: tokens.authenticate,
    ambient: [signIn.byCookie, network.byNetwork],
    scheme: options.scheme,
    publicUrl,
    hostNames: [...hostNames, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])],
    onAuthenticated: devices.note,
  });
  return {
    gate,
    signIn,
    current: (viewer) => (viewer.ambient === "network" ? network.current(viewer) : tokens.current(viewer)),
    onEnded(listener) {
      const ends = [
        tokens.onRevoked(({ tokenId }) => listener((id) => id === tokenId)),
        preferences.onChange(["allowedNetworks"], () => listener(network.isOver)),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
