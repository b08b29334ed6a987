import { ActionIcon } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Poster } from "../ui/poster.tsx";
import { Empty, Loaded, Skeletons } from "../ui/states.tsx";
import { playTime } from "../ui/time.tsx";
import { usePlayhead } from "./use-playhead.ts";
import { type Playback, useSessions } from "./use-sessions.ts";

const StopDialog = lazy(() => import("./stop-dialog.tsx"));

export function SessionsPanel() {
  const sessions = useSessions();
  const [stopping, setStopping] = useState<Playback>();
  return (
    <Panel title="Playing" aside={sessions.data?.length ? `${sessions.data.length} at once` : undefined}>
      <Loaded
        query={sessions}
        waiting={
          <div className="sessions">
            <Skeletons count={2} className="session-skeleton" />
          </div>
        }
      >
        {(playing) =>
          playing.length === 0 ? (
            <Empty icon="play" title="Nobody plays anything">
              Open an item of the <Link to="/library">library</Link> and play it here, or let{" "}
              <code className="mono">reelay play</code> do it.
            </Empty>
          ) : (
            <ul className="sessions">
              {playing.map((session) => (
                <SessionCard key={session.key} session={session} onStop={() => setStopping(session)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {stopping === undefined ? null : (
        <Suspense fallback={null}>
          <StopDialog session={stopping} onClose={() => setStopping(undefined)} />
        </Suspense>
      )}
    </Panel>
  );
}

const stateNames: Readonly<Record<string, string>> = { playing: "Playing", paused: "Paused", buffering: "Buffering" };

function SessionCard({ session, onStop }: { session: Playback; onStop: () => void }) {
  const { title, context, duration, state, account, player } = session;
  return (
    <li className="session">
      <Link to={`/library/item/${session.itemId}`} className="session-poster" tabIndex={-1} aria-hidden>
        <Poster path={session.thumb} type={session.type} title={title} />
      </Link>
      <div className="session-text">
        <Link to={`/library/item/${session.itemId}`} className="session-title">
          {title}
        </Link>
        <p className="muted small clip">{context ?? "\u00a0"}</p>
        <p className="small session-who">
          <span>
            <Icon name="user" size={14} /> {account}
          </span>
          <span>
            <Icon name="device" size={14} /> {player}
          </span>
        </p>
        <Playhead session={session} duration={duration} />
      </div>
      <div className="session-end">
        <span className={`chip chip-${state}`}>{stateNames[state] ?? state}</span>
        {session.sessionId === undefined ? null : (
          <ActionIcon
            title="Stop it"
            variant="subtle"
            color="gray"
            aria-label={`Stop ${title} of ${account}`}
            onClick={onStop}
          >
            <Icon name="stop" />
          </ActionIcon>
        )}
      </div>
    </li>
  );
}

function Playhead({ session, duration }: { session: Playback; duration: number | undefined }) {
  const { at, bar } = usePlayhead(session);
  return (
    <div className="playhead">
      <span className="bar" aria-hidden>
        <span ref={bar} />
      </span>
      <span className="playhead-times small muted">
        <span ref={at} />
        <span>{duration === undefined ? "" : playTime(duration)}</span>
      </span>
    </div>
  );
}
