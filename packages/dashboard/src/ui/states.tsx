import { Button, Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { Icon, type IconName } from "./icons.tsx";

/** Nothing is there, and what would make something be there. @param page it is all of the page, so that it is its heading too */
export function Empty({
  icon,
  title,
  page = false,
  children,
}: {
  icon: IconName;
  title: string;
  page?: boolean;
  children?: ReactNode;
}) {
  const Title = page ? "h1" : "p";
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <Title className="empty-title">{title}</Title>
      {children === undefined ? null : <div className="empty-text">{children}</div>}
    </div>
  );
}

/** Something could not be had: why, and what to do, in the server's words. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { title, text } = explain(error);
  return (
    <div className="failure" role="alert">
      <Icon name="warning" size={22} />
      <div>
        <p className="failure-title">{title}</p>
        <p>{text}</p>
        {retry === undefined ? null : (
          <Button variant="default" size="xs" mt="sm" onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

export function explain(error: unknown): { readonly title: string; readonly text: string } {
  if (error instanceof ApiError) return { title: error.message, text: error.remedy };
  return { title: "The page made a mistake.", text: error instanceof Error ? error.message : String(error) };
}

export function Waiting({ what }: { what: string }) {
  return (
    <div className="waiting" role="status">
      <Loader size="sm" /> <span>Loading {what}…</span>
    </div>
  );
}

/** Holds the place of what is being loaded. */
export function Skeletons({ count, className }: { count: number; className: string }) {
  return (
    <>
      {Array.from({ length: count }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <span key={at} aria-hidden className={`skeleton ${className}`} />
      ))}
    </>
  );
}

/** The state of one query, and what is shown of its answer. */
export function Loaded<T>({
  query,
  waiting,
  children,
}: {
  query: { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };
  waiting: ReactNode;
  children: (data: T) => ReactNode;
}) {
  // What was there stays visible while it cannot be renewed: the banner says so.
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return <>{waiting}</>;
}
