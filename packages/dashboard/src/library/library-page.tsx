export default function Page(_: { id?: string | undefined; section?: string | undefined; tab?: string | undefined }) {
  return null;
}
