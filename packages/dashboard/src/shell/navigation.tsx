import { ActionIcon, Button, useMantineColorScheme } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useRoute } from "wouter";
import { useStreamState } from "../live/live-context.tsx";
import { signOut } from "../sign-in/session.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon, type IconName } from "../ui/icons.tsx";
import { useMe } from "./me.ts";

const places: readonly {
  readonly to: string;
  readonly name: string;
  readonly icon: IconName;
  readonly owner?: true;
}[] = [
  { to: "/now", name: "Now", icon: "now" },
  { to: "/events", name: "Events", icon: "events" },
  { to: "/webhooks", name: "Webhooks", icon: "webhooks" },
  { to: "/library", name: "Library", icon: "library" },
  { to: "/settings", name: "Settings", icon: "settings", owner: true },
];

/** At the left of a wide screen, at the bottom of a phone's. */
export function Navigation() {
  const me = useMe();
  return (
    <header className="rail">
      <Link to="/now" className="brand" aria-label="Reelay, to the first page">
        <img src="icon.svg" alt="" width={28} height={28} />
        <span>Reelay</span>
      </Link>
      <nav aria-label="Pages">
        <ul className="places">
          {places
            .filter(({ owner }) => owner !== true || me.owner)
            .map((place) => (
              <Place key={place.to} {...place} />
            ))}
        </ul>
      </nav>
      <div className="rail-foot">
        <StreamLight />
        <div className="rail-tools">
          <SchemeButton />
          <AccountMenu />
        </div>
      </div>
    </header>
  );
}

function Place({ to, name, icon }: { to: string; name: string; icon: IconName }) {
  const [here] = useRoute(`${to}/*?`);
  return (
    <li>
      <Link to={to} className={here ? "place place-here" : "place"} {...(here ? { "aria-current": "page" } : {})}>
        <Icon name={icon} size={20} />
        <span>{name}</span>
      </Link>
    </li>
  );
}

const streamTexts = { open: "Live", connecting: "Connecting", lost: "Reconnecting", refused: "Signed out" } as const;

function StreamLight() {
  const state = useStreamState();
  return (
    <p className={`stream-light stream-${state}`} role="status">
      <span className="stream-dot" aria-hidden />
      <span>{streamTexts[state]}</span>
    </p>
  );
}

const schemes = {
  auto: { next: "light", icon: "half", name: "as the system" },
  light: { next: "dark", icon: "sun", name: "light" },
  dark: { next: "auto", icon: "moon", name: "dark" },
} as const;

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, icon, name } = schemes[colorScheme];
  const label = `Colours: ${name}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}

function AccountMenu() {
  const me = useMe();
  const client = useQueryClient();
  const { fail } = useFeedback();
  const leave = async () => {
    try {
      await signOut();
      client.clear();
      location.reload();
    } catch (error) {
      fail(error);
    }
  };
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Account ${me.name}`}
        title={me.name}
        popoverTarget="account"
      >
        <Icon name="user" />
      </ActionIcon>
      {/* The browser's own: it closes by itself, and the first page stays small. */}
      <div id="account" popover="auto" className="account-menu">
        <p className="account-name">{me.name}</p>
        <p className="muted small">{me.owner ? "Owner of this server" : "Member"}</p>
        <Button
          variant="default"
          size="xs"
          mt="sm"
          fullWidth
          leftSection={<Icon name="signOut" size={16} />}
          onClick={() => void leave()}
        >
          Sign out
        </Button>
      </div>
    </>
  );
}
