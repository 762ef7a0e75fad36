import { parse } from 'yaml'

/** What a template says of one resource. */
export interface TemplateResource {
  readonly Type?: string
  readonly DeletionPolicy?: unknown
  readonly Properties?: Readonly<Record<string, unknown>>
}
export type TemplateResources = Readonly<Record<string, TemplateResource>>

/** CloudFormation's short forms, as their long ones; the others are of no interest here and stay plain values. */
const shortForms = [
  { tag: '!Ref', resolve: (value: string) => ({ Ref: value }) },
  { tag: '!GetAtt', resolve: (value: string) => ({ 'Fn::GetAtt': value.split('.') }) },
]

/** The resources of a template, which is JSON or YAML. Throws where it is neither: nobody can say then what the stack retains. */
export function resourcesOf(body: string): TemplateResources {
  const template: unknown = body.trimStart().startsWith('{')
    ? JSON.parse(body)
    : parse(body, { customTags: shortForms, logLevel: 'silent' })
  const resources =
    typeof template === 'object' && template !== null && 'Resources' in template ? template.Resources : undefined
  if (typeof resources !== 'object' || resources === null)
    throw new TypeError('the template of the stack has no resources')
  return resources as TemplateResources
}

/** `Retain` and `RetainExceptOnCreate` stay; `Snapshot` goes. */
export const isRetained = ({ DeletionPolicy }: TemplateResource): boolean =>
  typeof DeletionPolicy === 'string' && DeletionPolicy.startsWith('Retain')

/** A property as far as it can be known from the outside: a literal, or the physical id that a `Ref` stands for. */
export function resolveProperty(value: unknown, physicalIds: ReadonlyMap<string, string>): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return undefined
  if ('Ref' in value && typeof value.Ref === 'string') return physicalIds.get(value.Ref)
  const attribute = 'Fn::GetAtt' in value ? value['Fn::GetAtt'] : undefined
  const [logicalId, name] =
    typeof attribute === 'string' ? attribute.split('.') : Array.isArray(attribute) ? (attribute as unknown[]) : []
  // Attributes that are the physical id under another name.
  return typeof logicalId === 'string' && (name === 'GroupId' || name === 'VpcId' || name === 'InternetGatewayId')
    ? physicalIds.get(logicalId)
    : undefined
}
