import { ActionIcon, Button, Group, Modal, TextInput, Tooltip } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { ask } from "../api/client.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Icon } from "../ui/icons.tsx";
import { Panel } from "../ui/panel.tsx";
import { Poster } from "../ui/poster.tsx";
import { Empty, Loaded, Skeletons } from "../ui/states.tsx";
import { playTime } from "../ui/time.tsx";
import { usePlayhead } from "./use-playhead.ts";
import { type Playback, useSessions } from "./use-sessions.ts";

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
      <StopDialog session={stopping} onClose={() => setStopping(undefined)} />
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
          <Tooltip label="Stop it">
            <ActionIcon variant="subtle" color="gray" aria-label={`Stop ${title} of ${account}`} onClick={onStop}>
              <Icon name="stop" />
            </ActionIcon>
          </Tooltip>
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

function StopDialog({ session, onClose }: { session: Playback | undefined; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const { say, fail } = useFeedback();
  const stop = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await ask("/status/sessions/terminate", { method: "POST", query: { sessionId: session?.sessionId, reason } });
      say(`${session?.player} was told to stop.`);
      setReason("");
      onClose();
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={session !== undefined} onClose={onClose} title={`Stop “${session?.title ?? ""}”?`} centered>
      <form onSubmit={(event) => void stop(event)}>
        <TextInput
          label="Reason"
          description="The player may show it. It can stay empty."
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.8" loading={busy}>
            Stop playback
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
