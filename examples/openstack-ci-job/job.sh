#!/bin/sh
# A job as Kubespray's Terraform makes it, in a shell: job.sh RUN CIDR. Needs OS_CLOUD, EXTERNAL_NETWORK, IMAGE and FLAVOR.
# Every creation is written down before and after. No mark is needed, except that servers and volumes offer a place for one.
set -eu
run=$1 cidr=$2
here=$(dirname "$0")
marks="\"metadata\": {\"cleardown.run\": \"$run\"}"

node "$here/alive.ts" "$run" &

made() { # KIND SERVICE PATH JSON → id
  creation=$(node "$here/record.ts" open "$run" "openstack:$1")
  id=$(node "$here/call.ts" POST "$2" "$3" "$4")
  node "$here/record.ts" close "$run" "$creation" "$id"
  echo "$id"
}

network=$(made network network /networks "{\"network\": {\"name\": \"$run-net\"}}")
subnet=$(made subnet network /subnets \
  "{\"subnet\": {\"name\": \"$run-internal-network\", \"network_id\": \"$network\", \"cidr\": \"$cidr\", \"ip_version\": 4}}")
router=$(made router network /routers \
  "{\"router\": {\"name\": \"$run-router\", \"external_gateway_info\": {\"network_id\": \"$EXTERNAL_NETWORK\"}}}")
node "$here/call.ts" PUT network "/routers/$router/add_router_interface" "{\"subnet_id\": \"$subnet\"}" >&2

group=$(made security-group network /security-groups "{\"security_group\": {\"name\": \"$run-k8s\"}}")
master=$(made security-group network /security-groups "{\"security_group\": {\"name\": \"$run-k8s-master\"}}")
for pair in "$group $master" "$master $group"; do
  node "$here/call.ts" POST network /security-group-rules "{\"security_group_rule\": {\"direction\": \"ingress\",
    \"security_group_id\": \"${pair% *}\", \"remote_group_id\": \"${pair#* }\"}}" >&2
done

port=$(made port network /ports \
  "{\"port\": {\"name\": \"$run-k8s-master-1\", \"network_id\": \"$network\", \"security_groups\": [\"$group\", \"$master\"]}}")
made floating-ip network /floatingips \
  "{\"floatingip\": {\"floating_network_id\": \"$EXTERNAL_NETWORK\", \"port_id\": \"$port\"}}" >&2
keypair=$(made keypair compute /os-keypairs "{\"keypair\": {\"name\": \"kubernetes-$run\",
  \"public_key\": \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlJcKzxM2qnCTX5ae0HTHm8AuQ8hp8mJ5Ic0NB7dlWn $run\"}}")
volume=$(made volume block-storage /volumes "{\"volume\": {\"name\": \"$run-data\", \"size\": 1, $marks}}")

machine="\"flavorRef\": \"$FLAVOR\", \"imageRef\": \"$IMAGE\", \"key_name\": \"$keypair\", $marks"
made server compute /servers "{\"server\": {\"name\": \"$run-k8s-master-1\", $machine, \"networks\": [{\"port\": \"$port\"}],
  \"block_device_mapping_v2\": [
    {\"boot_index\": 0, \"source_type\": \"image\", \"destination_type\": \"local\", \"uuid\": \"$IMAGE\", \"delete_on_termination\": true},
    {\"boot_index\": -1, \"source_type\": \"volume\", \"destination_type\": \"volume\", \"uuid\": \"$volume\"}]}}" >&2
made server compute /servers "{\"server\": {\"name\": \"$run-k8s-node-1\", $machine,
  \"networks\": [{\"uuid\": \"$network\"}], \"security_groups\": [{\"name\": \"$group\"}]}}" >&2

echo "$run is at work"
wait
